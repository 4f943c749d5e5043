/** The log decided once more by the rules alone: what every command should have told, and what should be left. */
import { type Bucket, bucketOf, handle, isRemembered } from '../../src/domain/handle.ts';
import { emptyQueue, type Queue } from '../../src/domain/queue.ts';
import { bodyOf, placeOf } from './checkOutcomes.ts';
import type { LoggedCommand, LoggedEvent } from './evidence.ts';

/** What a command should have told: its events, or why it was refused; of a repeat nothing. */
interface ReplayedStep {
  readonly place: string;
  readonly commandId: string;
  readonly told: readonly LoggedEvent['event'][];
}

export interface Replay {
  readonly steps: readonly ReplayedStep[];
  readonly queues: ReadonlyMap<number, Queue>;
  /** By `<restaurantId>/<bucket>`. Their hashes are not those of the application. */
  readonly buckets: ReadonlyMap<string, Bucket>;
}

/** Of commands in log order, partition by partition. */
export function replayLog(commands: readonly LoggedCommand[]): Replay {
  const steps: ReplayedStep[] = [];
  const queues = new Map<number, Queue>();
  const buckets = new Map<string, Bucket>();
  for (const logged of commands) {
    const { command, appendedAt } = logged;
    if (command === null) continue;
    const { restaurantId, commandId, type } = command;
    const key = `${restaurantId}/${bucketOf(commandId)}`;
    const before = queues.get(restaurantId) ?? emptyQueue(restaurantId);
    const bucket = isRemembered(command) ? (buckets.get(key) ?? []) : [];
    const after = handle(before, bucket, { command, bodyHash: bodyOf(command), appendedAt });
    const { rejection, at } = after.outcome;
    // Whatever is decided anew changes the queue, if only the time of its last command.
    const repeat = after.queue === before;
    queues.set(restaurantId, after.queue);
    if (after.bucket !== bucket) buckets.set(key, after.bucket);
    const refusal =
      rejection &&
      ({ type: 'CommandRejected', restaurantId, at, commandId, command: type, ...rejection } as const);
    const refused = refusal !== null && (!repeat || refusal.code === 'COMMAND_REUSED');
    steps.push({ place: placeOf(logged), commandId, told: refused ? [refusal] : after.events });
  }
  return { steps, queues, buckets };
}
