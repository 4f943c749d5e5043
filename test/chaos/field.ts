/** What a fault may take hold of, and what it answers. */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Stack } from '../../infra/stack/stack.ts';
import type { Fleet, Worker } from './fleet.ts';
import type { Snapshots } from './snapshots.ts';

export interface Field {
  readonly stack: Stack;
  readonly fleet: Fleet;
  /** Straight to Redis, past the proxies. */
  readonly redis: Redis;
  readonly snapshots: Snapshots;
}

interface Details {
  readonly lastsMillis: number;
  /** One that is up. */
  readonly worker: Worker;
  /** Between 0 and 1. */
  readonly target: number;
}

/** What was seen of a fault while it was there. */
export interface Seen {
  /** Whether it did what its name says. */
  readonly fired: boolean;
  readonly what: string;
}

/** Begins, lasts as long as it should, and ends. */
export type Fault = (field: Field, details: Details) => Promise<Seen>;

/** The state of a process as Linux has it, such as T for stopped; null: there is none. */
export function stateOf(pid: number): string | null {
  try {
    return /^\d+ \(.*\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? null;
  } catch {
    return null; // it is gone
  }
}
