import { seededRandom } from '../random.ts';
import type { Timeline } from './link.ts';

/** What happened, for whoever reads a failing seed. */
export interface Step {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

/** Virtual time: nothing happens but what was scheduled, in the order of its time and, at one time, of the dice. */
export interface Scheduler extends Timeline {
  readonly random: () => number;
  /** A number from `least` up to `most`. */
  readonly between: (least: number, most: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly note: (who: string, what: string) => void;
  /** Runs what is due until that time; promises settle in between. */
  readonly run: (until: number) => Promise<void>;
  readonly steps: () => readonly Step[];
  /** The same for the same seed, and hardly ever for another. */
  readonly traceHash: () => number;
}

interface Action {
  readonly at: number;
  readonly tie: number;
  readonly run: () => void;
}

/** Node runs what promises have made ready after each callback, so one turn of its loop can carry many actions. */
const actionsPerTurn = 64;
const stepsKept = 400;

export function createScheduler(seed: number, startAt: number): Scheduler {
  const random = seededRandom(seed);
  const queue = heap();
  const steps: Step[] = [];
  let now = startAt;
  let hash = 0x811c9dc5;

  return {
    now: () => Math.floor(now),
    after: (millis, run) => queue.push({ at: now + Math.max(0, millis), tie: random(), run }),
    random,
    between: (least, most) => least + random() * (most - least),
    chance: (probability) => random() < probability,
    pick: (from) => {
      const picked = from[Math.floor(random() * from.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    note: (who, what) => {
      hash = mix(mix(mix(hash, now * 1000), who), what);
      steps.push({ at: now - startAt, who, what });
      if (steps.length > 2 * stepsKept) steps.splice(0, stepsKept);
    },
    run: (until) =>
      new Promise((resolve, reject) => {
        let over = false;
        const step = (): void => {
          if (over) return;
          try {
            const next = queue.peek();
            if (!next || next.at > until) {
              over = true;
              now = until;
              resolve();
              return;
            }
            queue.pop();
            now = Math.max(now, next.at);
            next.run();
          } catch (error) {
            over = true;
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        const turn = (): void => {
          for (let i = 0; i < actionsPerTurn; i += 1) setImmediate(step);
          setImmediate(() => {
            if (!over) turn();
          });
        };
        turn();
      }),
    steps: () => steps,
    traceHash: () => hash >>> 0,
  };
}

/** FNV-1a. */
function mix(hash: number, what: string | number): number {
  if (typeof what === 'number') return Math.imul(hash ^ what, 0x01000193);
  let mixed = hash;
  for (let i = 0; i < what.length; i += 1) mixed = Math.imul(mixed ^ what.charCodeAt(i), 0x01000193);
  return mixed;
}

const before = (a: Action, b: Action): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/** A binary heap: the next action first. */
function heap() {
  const items: Action[] = [];
  const at = (index: number): Action => {
    const item = items[index];
    if (!item) throw new Error(`the heap has no ${index}`);
    return item;
  };
  const swap = (a: number, b: number): void => {
    const item = at(a);
    items[a] = at(b);
    items[b] = item;
  };
  return {
    peek: (): Action | undefined => items[0],
    push: (action: Action): void => {
      items.push(action);
      for (let child = items.length - 1; child > 0;) {
        const parent = (child - 1) >> 1;
        if (!before(at(child), at(parent))) break;
        swap(child, parent);
        child = parent;
      }
    },
    pop: (): void => {
      const last = items.pop();
      if (!last || items.length === 0) return;
      items[0] = last;
      for (let parent = 0; ;) {
        let least = parent;
        for (const child of [2 * parent + 1, 2 * parent + 2]) {
          if (child < items.length && before(at(child), at(least))) least = child;
        }
        if (least === parent) break;
        swap(parent, least);
        parent = least;
      }
    },
  };
}
