/** Whether this process may be sent requests, and what is wrong with it where something is. */
import type { Readiness } from './http/operations.ts';
import type { TaskState } from './topology/metrics.ts';

type States = ReadonlyMap<number, TaskState>;

/** The process as it is. A role that it does not have is absent; null: the group has assigned it nothing yet. */
export interface Condition {
  /** It has the role `ingress`: a load balancer sends it requests. */
  readonly serves: boolean;
  readonly stopping: boolean;
  readonly kafkaIsAway: boolean;
  /** As the client has it: `ready`, or what it does instead. */
  readonly redis: string;
  readonly queue?: States | null;
  readonly history?: States | null;
  readonly push?: States | null;
}

/** What requests can do without: it is said, and does not make the process unready. */
const bearable = /^(ok$|away: |degraded: )/;

export function readinessOf(condition: Condition): Readiness {
  const { serves, stopping, kafkaIsAway, redis, queue, history, push } = condition;
  // Whatever history and push wait for, the queues go on without them.
  const beside = { serves, mayWait: true };
  const checks = {
    process: stopping ? 'stopping' : 'ok',
    // Reads are answered without it.
    kafka: kafkaIsAway ? 'away: commands are refused' : 'ok',
    redis: redis === 'ready' ? 'ok' : redis,
    ...(queue !== undefined && { queue: checkOf(queue, { serves, mayWait: false }) }),
    ...(history !== undefined && { history: checkOf(history, beside) }),
    ...(push !== undefined && { push: checkOf(push, beside) }),
  };
  return { ready: Object.values(checks).every((check) => bearable.test(check)), checks };
}

/**
 * A task that has stopped for good would stop in every process that takes its partition: one partition must not take them
 * all off the load balancer. A process that serves no requests is unready then, so that no rollout passes over it.
 */
function checkOf(
  states: States | null,
  may: { readonly serves: boolean; readonly mayWait: boolean },
): string {
  const named = [...(states ?? [])].filter(([, state]) => state !== 'running');
  const failed = named.filter(([, state]) => state === 'failed').map(([partition]) => partition);
  const waiting = named.filter(([, state]) => state !== 'failed');
  const waits = states === null || waiting.length > 0;
  const what = [
    ...(states === null ? ['joining the consumer group'] : []),
    ...(failed.length > 0 ? [`partition ${failed.join(', ')} failed`] : []),
    ...waiting.map(([partition, state]) => `partition ${partition} is ${state}`),
  ].join(', ');
  if (what === '') return 'ok';
  if ((failed.length > 0 && !may.serves) || (waits && !may.mayWait)) return what;
  return failed.length > 0 ? `degraded: ${what}` : `away: ${what}`;
}
