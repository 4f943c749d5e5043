/**
 * What is shown of one state of a queue, made once for however many look at it: between two commands every customer of a
 * queue asks for the same few texts again and again.
 */
import { viewOf, type WaitingView } from '../domain/outcome.ts';
import { positionsOf, type Queue } from '../domain/queue.ts';
import type { Waiting } from '../domain/waiting.ts';
import { queueJson, waitingJson, zoneOf } from './shapes.ts';

interface Shown {
  readonly positions: ReadonlyMap<number, number>;
  readonly texts: WeakMap<Waiting, string>;
  /** Of the whole queue, once somebody has asked for it. */
  whole: string | null;
}

const shown = new WeakMap<Queue, Shown>();

function shownOf(queue: Queue): Shown {
  const known = shown.get(queue);
  if (known) return known;
  const its = { positions: positionsOf(queue), texts: new WeakMap<Waiting, string>(), whole: null };
  shown.set(queue, its);
  return its;
}

/** A waiting of this queue, be it in its state or in history. */
export const showWaiting = (queue: Queue, waiting: Waiting): WaitingView =>
  viewOf(queue, waiting, shownOf(queue).positions.get(waiting.waitingId) ?? null);

/** The same as JSON. */
export function waitingText(queue: Queue, waiting: Waiting): string {
  const { texts } = shownOf(queue);
  const known = texts.get(waiting);
  if (known !== undefined) return known;
  const text = JSON.stringify(waitingJson(showWaiting(queue, waiting), zoneOf(queue)));
  texts.set(waiting, text);
  return text;
}

/** The queue as its tablet shows it, as JSON; null: it was never configured. */
export function queueText(queue: Queue): string | null {
  if (!queue.settings) return null;
  const its = shownOf(queue);
  its.whole ??= JSON.stringify(
    queueJson(queue, queue.settings, (waiting) => waitingJson(showWaiting(queue, waiting), zoneOf(queue))),
  );
  return its.whole;
}
