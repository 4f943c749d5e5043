/**
 * Forgets users in the background, once their rows are as old as they may get: a few rows a statement, so that nothing
 * that is written now waits. How far it has come is in the rows themselves, so that it may be killed at any moment, any
 * number of processes may do it at once, and a history that is built anew from the log is gone through again.
 */
import type { Pool } from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../topology/clock.ts';
import { dropMarks, forgetOlder, personalTables, type PersonalTable } from './forget.ts';

const day = 24 * 60 * 60_000;
/** Rows get too old one by one. */
const everyMillis = 60_000;
/** A statement takes some ten milliseconds; after it others have their turn. */
const batchRows = 500;
const pauseMillis = 50;

export interface ForgettingDeps {
  readonly pool: Pool;
  /** How old a row may get that names its user; 0: any age. */
  readonly userDays: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly metrics: ForgettingMetrics;
  readonly log: (level: 'info' | 'warn', message: string, details: object) => void;
  readonly batchRows?: number;
}

interface ForgettingMetrics {
  readonly forgot: (table: PersonalTable, rows: number) => void;
  /** Nothing was left to be forgotten at an instant (ms). */
  readonly done: (at: number) => void;
}

export function forgettingMetrics(registry: Registry, now: number): ForgettingMetrics {
  const registers = [registry];
  const rows = new Counter({
    name: 'waiting_history_forgotten_rows_total',
    help: 'Rows of the history that were old enough to forget their user.',
    labelNames: ['table'],
    registers,
  });
  const last = new Gauge({
    name: 'waiting_history_forgotten_timestamp_seconds',
    help: 'Unix time at which no row was left that should have forgotten its user; at first, of the start.',
    registers,
  });
  last.set(now / 1_000);
  return {
    forgot: (table, count) => rows.inc({ table }, count),
    done: (at) => last.set(at / 1_000),
  };
}

/** Runs until it is closed; while Postgres is away it tries again. */
export function startForgetting(deps: ForgettingDeps): { readonly close: () => Promise<void> } {
  const { clock, log } = deps;
  const closing = new AbortController();
  const live = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await forgetAll(deps, closing.signal);
      } catch (error) {
        log('warn', 'users are not forgotten yet, which is tried again', { err: error });
      }
      await clock.sleep(everyMillis, closing.signal);
    }
  };
  const ended = live();
  return {
    close: async () => {
      closing.abort();
      await ended;
    },
  };
}

/** Takes the users from all rows that are too old, until nothing is left or it is to end. */
export async function forgetAll(
  { pool, userDays, clock, metrics, log, batchRows: most = batchRows }: ForgettingDeps,
  signal: AbortSignal,
): Promise<void> {
  const now = clock.now();
  await dropMarks(pool, now);
  if (userDays > 0) {
    for (const table of Object.keys(personalTables) as PersonalTable[]) {
      let rows = 0;
      for (let taken = most; taken === most && !signal.aborted;) {
        taken = await forgetOlder(pool, table, now - userDays * day, most);
        metrics.forgot(table, taken);
        rows += taken;
        if (taken === most) await clock.sleep(pauseMillis, signal);
      }
      if (rows > 0) log('info', 'rows have forgotten their user', { table, rows });
    }
  }
  if (!signal.aborted) metrics.done(clock.now());
}
