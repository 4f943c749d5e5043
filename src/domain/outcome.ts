import type { Command } from './command.ts';
import { estimatedWaitMinutes } from './estimate.ts';
import type { Rejection } from './decision.ts';
import type { Event } from './event.ts';
import { locate, type NoShow, positionOf, type Queue } from './queue.ts';
import type { Waiting } from './waiting.ts';

/** A waiting with what its queue adds to it. */
export interface WaitingView {
  readonly waiting: Waiting;
  /** null when no place is held. */
  readonly position: number | null;
  readonly estimatedWaitMinutes: number;
}

/** The one answer to a command, complete: who asked needs no other look-up. */
export interface Outcome {
  readonly commandId: string;
  readonly restaurantId: number;
  /** Log time. */
  readonly at: number;
  /** The queue's version after the command. */
  readonly version: number;
  /** null: accepted. */
  readonly rejection: Rejection | null;
  /** What the command was about, as it is now. */
  readonly subject: WaitingView | NoShow | null;
}

export const viewOf = (
  queue: Queue,
  waiting: Waiting,
  position = positionOf(queue, waiting.waitingId),
): WaitingView => ({
  waiting,
  position,
  estimatedWaitMinutes: estimatedWaitMinutes(queue, waiting, position),
});

/** The answer to a refused command. */
export const rejected = (queue: Queue, command: Command, at: number, rejection: Rejection): Outcome => ({
  commandId: command.commandId,
  restaurantId: command.restaurantId,
  at,
  version: queue.version,
  rejection,
  subject: null,
});

/** The answer to an accepted command, `queue` being the queue after its events. */
export const accepted = (queue: Queue, command: Command, at: number, events: readonly Event[]): Outcome => ({
  commandId: command.commandId,
  restaurantId: command.restaurantId,
  at,
  version: queue.version,
  rejection: null,
  subject: subjectOf(queue, command, events),
});

function subjectOf(queue: Queue, command: Command, events: readonly Event[]): Outcome['subject'] {
  for (const event of events) {
    if (event.type === 'WaitingRegistered') return viewOf(queue, event.waiting);
    if (event.type === 'NoShowRegistered' && command.type === 'RegisterNoShow') return event.noShow;
  }
  if (!('waitingId' in command) || command.waitingId === null) return null;
  const located = locate(queue, command.waitingId);
  return typeof located === 'string' ? null : viewOf(queue, located);
}
