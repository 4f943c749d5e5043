import { Counter, Gauge, type Registry } from 'prom-client';
import { stateGauge, type TaskState } from '../topology/metrics.ts';
import type { InputRecord } from '../topology/ports.ts';

/** What the sink tells Prometheus, by partition. */
export interface HistoryMetrics {
  readonly state: (partition: number, state: TaskState) => void;
  /** Where the log ends, as far as Kafka has told. */
  readonly end: (partition: number, end: number) => void;
  /** Postgres has everything before `next`, as far as is known; what the log has after it is behind from now on. */
  readonly goesOn: (partition: number, next: number) => void;
  /** The oldest record that is not applied, which tells how old it is. */
  readonly behind: (partition: number, record: Pick<InputRecord, 'offset' | 'timestamp'>) => void;
  readonly applied: (events: number) => void;
  readonly failure: (kind: string) => void;
  /** The partition is another process's now. */
  readonly gone: (partition: number) => void;
}

interface Lag {
  end: number;
  oldest: Pick<InputRecord, 'offset' | 'timestamp'> | null;
}

/** Every event is written in a transaction, so that a log which ends one offset later ends with the marker of one. */
const marker = 1;

/** Lags are worked out when somebody asks: a partition that waits for Postgres gets older without a record coming. */
export function historyMetrics(registry: Registry, now: () => number): HistoryMetrics {
  const registers = [registry];
  const lags = new Map<number, Lag>();
  const lagOf = (partition: number): Lag => {
    const lag = lags.get(partition) ?? { end: 0, oldest: null };
    lags.set(partition, lag);
    return lag;
  };
  new Gauge({
    name: 'waiting_history_lag_records',
    help: 'Offsets of the log of events that Postgres does not have yet: records, and a marker a transaction.',
    labelNames: ['partition'],
    registers,
    collect() {
      this.reset();
      for (const [partition, { end, oldest }] of lags) {
        this.set({ partition }, oldest === null ? 0 : Math.max(1, end - oldest.offset));
      }
    },
  });
  new Gauge({
    name: 'waiting_history_lag_seconds',
    help: 'Age of the oldest event that Postgres does not have yet; 0 when it has all.',
    labelNames: ['partition'],
    registers,
    collect() {
      this.reset();
      for (const [partition, { oldest }] of lags) {
        this.set({ partition }, oldest === null ? 0 : Math.max(0, now() - oldest.timestamp) / 1000);
      }
    },
  });
  const states = stateGauge(
    registry,
    'waiting_history_state',
    '1 for the state that the history of a partition is in.',
  );
  const applied = new Counter({
    name: 'waiting_history_events_total',
    help: 'Events written to Postgres.',
    registers,
  });
  const failures = new Counter({
    name: 'waiting_history_errors_total',
    help: 'Times the history of a partition had to wait or to stop, by the error that made it.',
    labelNames: ['kind'],
    registers,
  });
  return {
    state: states.state,
    end: (partition, end) => {
      const lag = lagOf(partition);
      lag.end = Math.max(lag.end, end);
    },
    goesOn: (partition, next) => {
      const lag = lagOf(partition);
      if (lag.end - next <= marker) lag.oldest = null;
      else lag.oldest = { offset: next, timestamp: lag.oldest?.timestamp ?? now() };
    },
    behind: (partition, record) => (lagOf(partition).oldest = record),
    applied: (events) => applied.inc(events),
    failure: (kind) => failures.inc({ kind }),
    gone: (partition) => {
      states.gone(partition);
      lags.delete(partition);
    },
  };
}
