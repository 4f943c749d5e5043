import type { Command } from './command.ts';
import { decide } from './decide.ts';
import { isRejection, reject } from './decision.ts';
import type { Event } from './event.ts';
import { evolve } from './evolve.ts';
import { isRemembered, recall, remember, type Bucket } from './memory.ts';
import { accepted, rejected, type Outcome } from './outcome.ts';
import { forget, type Queue } from './queue.ts';

/** A command as it stands in the log. */
export interface Logged {
  readonly command: Command;
  /** Over all that the sender asks for, but not over the command id and the sender's clock. */
  readonly bodyHash: string;
  /** The broker's append time in milliseconds. */
  readonly appendedAt: number;
}

/** What came of it. Queue and bucket are the same objects where nothing changed. */
export interface Handled {
  readonly queue: Queue;
  readonly bucket: Bucket;
  readonly events: readonly Event[];
  readonly outcome: Outcome;
}

/** One step of a queue: recalls, decides, evolves, remembers. The whole effect of a command is in what this returns. */
export function handle(queue: Queue, bucket: Bucket, { command, bodyHash, appendedAt }: Logged): Handled {
  const at = Math.max(queue.at, appendedAt);
  const before = recall(bucket, queue, command.commandId, at);
  if (before) {
    const outcome =
      before.bodyHash === bodyHash
        ? before.outcome
        : rejected(
            queue,
            command,
            at,
            reject('COMMAND_REUSED', `command ${command.commandId} asked for something else before`),
          );
    return { queue, bucket, events: [], outcome };
  }

  const known = forget(queue, at);
  const decision = decide(known, command, at);
  const events = isRejection(decision) ? [] : decision;
  const evolved = events.reduce(evolve, { ...known, at });
  const outcome = isRejection(decision)
    ? rejected(evolved, command, at, decision)
    : accepted(evolved, command, at, events);
  if (!isRemembered(command)) return { queue: evolved, bucket, events, outcome };
  const next = { ...evolved, decided: evolved.decided + 1 };
  return {
    queue: next,
    bucket: remember(bucket, next, { seq: next.decided, bodyHash, outcome }),
    events,
    outcome,
  };
}
