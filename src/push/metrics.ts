import { Counter, Histogram, type Registry } from 'prom-client';
import { stateGauge, type TaskState } from '../topology/metrics.ts';

/**
 * What became of a message to one browser. `gone`: the browser has unsubscribed; `refused`: the push service does not
 * want it, and never will; `lost`: the service did not take it in time; `late`: its moment was over before it could be
 * sent; `overtaken`: there was something newer to tell.
 */
const outcomes = ['sent', 'gone', 'refused', 'lost', 'late', 'overtaken'] as const;
export type Outcome = (typeof outcomes)[number];

export interface PushMetrics {
  readonly state: (partition: number, state: TaskState) => void;
  readonly outcome: (outcome: Outcome) => void;
  /** From what is told to the push service's word that it has it. */
  readonly took: (millis: number) => void;
  readonly failure: (kind: string) => void;
  /** The partition is another process's now. */
  readonly gone: (partition: number) => void;
}

export function pushMetrics(registry: Registry): PushMetrics {
  const registers = [registry];
  const states = stateGauge(
    registry,
    'waiting_push_state',
    '1 for the state that Web Push of a partition is in.',
  );
  const messages = new Counter({
    name: 'waiting_push_messages_total',
    help: 'Messages to browsers, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of outcomes) messages.inc({ outcome }, 0);
  const delay = new Histogram({
    name: 'waiting_push_delay_seconds',
    help: 'From what is told to a push service that has taken it.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const failures = new Counter({
    name: 'waiting_push_errors_total',
    help: 'Times Web Push of a partition had to wait, or to pass over a record, by the error that made it.',
    labelNames: ['kind'],
    registers,
  });
  return {
    state: states.state,
    outcome: (outcome) => messages.inc({ outcome }),
    took: (millis) => delay.observe(Math.max(0, millis) / 1_000),
    failure: (kind) => failures.inc({ kind }),
    gone: states.gone,
  };
}
