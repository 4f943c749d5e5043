import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { FencedError, type InputRecord } from './ports.ts';

export type Stage = 'decode' | 'fetch' | 'process' | 'commit' | 'emit' | 'takeover';

/** What the engine tells Prometheus. Labels are bounded: partitions, stages, reasons, never a key. */
export interface EngineMetrics {
  readonly stage: (stage: Stage, seconds: number) => void;
  readonly batch: (records: number) => void;
  readonly deadLetter: (reason: string) => void;
  readonly failure: (error: unknown) => void;
  readonly rebalanced: () => void;
  /** S and E of a running task. */
  readonly marks: (partition: number, next: number, emitted: number) => void;
  /** Where the log of an owned partition ends, and its first record that is fetched and not decided, if one is. */
  readonly log: (partition: number, end: number, oldest: Aged | null) => void;
  readonly task: (partition: number, state: TaskState | null) => void;
  /** How far a restore from the changelog has got, in offsets of that topic; null: it has ended. */
  readonly restoring: (
    partition: number,
    how: { readonly done: number; readonly total: number } | null,
  ) => void;
  readonly timersPending: (partition: number, count: number) => void;
  /** A stall of so many seconds that customers get back. */
  readonly stalled: (partition: number, seconds: number) => void;
}

type Aged = Pick<InputRecord, 'offset' | 'timestamp'>;

interface Lag {
  next: number;
  end: number;
  oldest: Aged | null;
  /** Since when the log has more than was fetched (ms). */
  since: number | null;
}

const fast = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Lags are worked out when somebody asks: a record that nobody decides gets older without another one coming. */
export function engineMetrics(registry: Registry, now: () => number): EngineMetrics {
  const registers = [registry];
  const perPartition = (name: string, help: string) =>
    new Gauge({ name, help, registers, labelNames: ['partition'] });

  const stages = new Histogram({
    name: 'waiting_stage_duration_seconds',
    help: 'Time a batch spends in a stage of its task.',
    labelNames: ['stage'],
    buckets: fast,
    registers,
  });
  const batches = new Histogram({
    name: 'waiting_batch_records',
    help: 'Commands decided together.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const deadLetters = new Counter({
    name: 'waiting_dead_letters_total',
    help: 'Records that went to the dead letter topic.',
    labelNames: ['reason'],
    registers,
  });
  const failures = new Counter({
    name: 'waiting_task_failures_total',
    help: 'Times a task let go of its partition, by the error that made it.',
    labelNames: ['kind'],
    registers,
  });
  const fenced = new Counter({
    name: 'waiting_fenced_producers_total',
    help: 'Producers that Kafka refused because a newer owner of their task had come.',
    registers,
  });
  const rebalances = new Counter({
    name: 'waiting_rebalances_total',
    help: 'Times the consumer group of the commands gave this process its partitions.',
    registers,
  });
  const tasks = stateGauge(
    registry,
    'waiting_task_state',
    '1 for the state that the task of a partition is in.',
  );
  const processed = perPartition('waiting_task_processed_offset', 'S: the next command to be decided.');
  const emitted = perPartition(
    'waiting_task_emitted_offset',
    'E: outputs of all commands before it are committed.',
  );
  const unemitted = perPartition(
    'waiting_task_unemitted_commands',
    'S − E: decided, outputs not committed yet.',
  );
  const progress = perPartition('waiting_task_last_progress_timestamp_seconds', 'When S last moved.');
  const timers = perPartition('waiting_timers_pending', 'Deadlines that run.');
  const stalls = new Counter({
    name: 'waiting_task_stall_seconds_total',
    help: 'Time in which a partition did not decide and publish, which was given back to customers whose deadline ran.',
    labelNames: ['partition'],
    registers,
  });
  const restored = perPartition(
    'waiting_restore_done_offsets',
    'How much of the changelog a restore of the state has read; only while it lasts.',
  );
  const toRestore = perPartition(
    'waiting_restore_total_offsets',
    'How much of the changelog a restore of the state has to read; only while it lasts.',
  );
  const lastNext = new Map<number, number>();
  const lags = new Map<number, Lag>();
  const perLag = (name: string, help: string, valueOf: (lag: Lag) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['partition'],
      registers,
      collect() {
        this.reset();
        for (const [partition, lag] of lags) this.set({ partition }, valueOf(lag));
      },
    });
  perLag('waiting_consumer_lag_records', 'Commands on the log that are not decided yet.', ({ end, next }) =>
    Math.max(0, end - next),
  );
  perLag(
    'waiting_consumer_lag_seconds',
    'Age of the oldest command that is not decided yet; 0 when all are.',
    ({ oldest, since }) => Math.max(0, now() - (oldest?.timestamp ?? since ?? now())) / 1000,
  );

  function look(lag: Lag): void {
    if (lag.oldest && lag.oldest.offset < lag.next) lag.oldest = null;
    lag.since = lag.oldest === null && lag.end > lag.next ? (lag.since ?? now()) : null;
  }

  return {
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    batch: (records) => batches.observe(records),
    deadLetter: (reason) => deadLetters.inc({ reason }),
    failure: (error) => {
      failures.inc({ kind: error instanceof Error ? error.name : 'unknown' });
      if (error instanceof FencedError) fenced.inc();
    },
    rebalanced: () => rebalances.inc(),
    marks: (partition, next, written) => {
      processed.set({ partition }, next);
      emitted.set({ partition }, written);
      unemitted.set({ partition }, next - written);
      if (lastNext.get(partition) !== next) progress.set({ partition }, now() / 1000);
      lastNext.set(partition, next);
      const lag = lags.get(partition) ?? { next, end: next, oldest: null, since: null };
      lag.next = next;
      lags.set(partition, lag);
      look(lag);
    },
    log: (partition, end, oldest) => {
      const lag = lags.get(partition);
      if (!lag) return;
      lag.end = Math.max(lag.end, end);
      // What was known before is older, for as long as it is not decided.
      look(lag);
      lag.oldest ??= oldest;
      look(lag);
    },
    task: (partition, state) => {
      if (state !== null) tasks.state(partition, state);
      else {
        tasks.gone(partition);
        for (const gauge of [processed, emitted, unemitted, progress, timers]) gauge.remove({ partition });
        lastNext.delete(partition);
        lags.delete(partition);
      }
    },
    restoring: (partition, how) => {
      if (how) {
        restored.set({ partition }, how.done);
        toRestore.set({ partition }, how.total);
      } else {
        for (const gauge of [restored, toRestore]) gauge.remove({ partition });
      }
    },
    timersPending: (partition, count) => timers.set({ partition }, count),
    stalled: (partition, seconds) => stalls.inc({ partition }, seconds),
  };
}

export type TaskState = 'taking over' | 'running' | 'backing off' | 'failed';

interface StateGauge {
  readonly state: (partition: number, state: TaskState) => void;
  /** The partition is another process's now. */
  readonly gone: (partition: number) => void;
}

/** 1 for the one state that a partition is in. */
export function stateGauge(registry: Registry, name: string, help: string): StateGauge {
  const gauge = new Gauge({ name, help, labelNames: ['partition', 'state'], registers: [registry] });
  const last = new Map<number, TaskState>();
  const gone = (partition: number): void => {
    const state = last.get(partition);
    if (state !== undefined) gauge.remove({ partition, state });
    last.delete(partition);
  };
  return {
    state: (partition, state) => {
      gone(partition);
      last.set(partition, state);
      gauge.set({ partition, state }, 1);
    },
    gone,
  };
}
