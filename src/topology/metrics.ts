import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type Stage = 'decode' | 'fetch' | 'process' | 'commit' | 'emit' | 'takeover';

/** What the engine tells Prometheus. Labels are bounded: partitions, stages, reasons, never a key. */
export interface EngineMetrics {
  readonly stage: (stage: Stage, seconds: number) => void;
  readonly batch: (records: number) => void;
  readonly deadLetter: (reason: string) => void;
  readonly failure: (kind: string) => void;
  /** S, E and the log's end of a running task. */
  readonly marks: (partition: number, next: number, emitted: number, end: number) => void;
  readonly task: (partition: number, state: string | null) => void;
  readonly timersPending: (partition: number, count: number) => void;
}

const fast = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export function engineMetrics(registry: Registry): EngineMetrics {
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
  const tasks = new Gauge({
    name: 'waiting_task_state',
    help: '1 for the state that the task of a partition is in.',
    labelNames: ['partition', 'state'],
    registers,
  });
  const processed = perPartition('waiting_task_processed_offset', 'S: the next command to be decided.');
  const emitted = perPartition(
    'waiting_task_emitted_offset',
    'E: outputs of all commands before it are committed.',
  );
  const unemitted = perPartition(
    'waiting_task_unemitted_commands',
    'S − E: decided, outputs not committed yet.',
  );
  const lag = perPartition('waiting_consumer_lag_records', 'Commands on the log that are not decided yet.');
  const progress = perPartition('waiting_task_last_progress_timestamp_seconds', 'When S last moved.');
  const timers = perPartition('waiting_timers_pending', 'Deadlines that run.');
  const lastNext = new Map<number, number>();

  return {
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    batch: (records) => batches.observe(records),
    deadLetter: (reason) => deadLetters.inc({ reason }),
    failure: (kind) => failures.inc({ kind }),
    marks: (partition, next, written, end) => {
      processed.set({ partition }, next);
      emitted.set({ partition }, written);
      unemitted.set({ partition }, next - written);
      lag.set({ partition }, Math.max(0, end - next));
      if (lastNext.get(partition) !== next) progress.set({ partition }, Date.now() / 1000);
      lastNext.set(partition, next);
    },
    task: (partition, state) => {
      for (const each of taskStates) tasks.remove({ partition, state: each });
      if (state !== null) tasks.set({ partition, state }, 1);
      else {
        for (const gauge of [processed, emitted, unemitted, lag, progress, timers])
          gauge.remove({ partition });
        lastNext.delete(partition);
      }
    },
    timersPending: (partition, count) => timers.set({ partition }, count),
  };
}

const taskStates = ['taking over', 'running', 'backing off', 'failed'] as const;
export type TaskState = (typeof taskStates)[number];
