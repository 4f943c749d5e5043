import { batch as largest, type Bounds } from './bounds.ts';
import type { InputRecord, PartitionSource } from './ports.ts';

const sizeOf = (record: InputRecord): number => (record.value?.length ?? 0) + (record.key?.length ?? 0) + 64;

/** What a task has been given and not taken yet, in offset order. */
export interface Intake {
  readonly offer: (records: readonly InputRecord[], end: number) => void;
  /** How many records the next batch has. */
  readonly ready: () => number;
  /** The next batch, or its first so many. */
  readonly take: (most?: number) => readonly InputRecord[];
  readonly isEmpty: () => boolean;
  /** What `take` begins with; null: nothing. */
  readonly first: () => InputRecord | null;
  /** After all that has been offered, taken already or not. */
  readonly next: () => number;
  /** Where the log ends, as far as the broker has told. */
  readonly end: () => number;
  /** Starts over from an offset. */
  readonly restart: (from: number) => void;
  /** The source has forgotten where it was: goes on after what has been offered. */
  readonly reassigned: () => void;
  readonly stop: () => void;
}

export function intake(
  source: Pick<PartitionSource, 'pause' | 'resume'>,
  partition: number,
  bounds: () => Bounds['fetched'],
): Intake {
  let records: InputRecord[] = [];
  let bytes = 0;
  let end = 0;
  let paused = true;
  let next = 0;

  const pause = (): void => {
    if (!paused) source.pause(partition);
    paused = true;
  };
  const ready = (): number => {
    let count = 0;
    let size = 0;
    for (const record of records) {
      size += sizeOf(record);
      if (count === largest.records || (count > 0 && size > largest.bytes)) break;
      count += 1;
    }
    return count;
  };
  return {
    offer: (offered, endOfLog) => {
      end = endOfLog;
      for (const record of offered) {
        // Below: applied already, and fetched again. Nothing is ever skipped upwards: offsets come in order.
        if (record.offset < next) continue;
        records.push(record);
        bytes += sizeOf(record);
        next = record.offset + 1;
      }
      const most = bounds();
      if (records.length >= most.records || bytes >= most.bytes) pause();
    },
    ready,
    take: (most = Infinity) => {
      const batch = records.splice(0, Math.min(ready(), most));
      for (const record of batch) bytes -= sizeOf(record);
      const room = bounds();
      if (paused && records.length < room.records / 2 && bytes < room.bytes / 2) {
        source.resume(partition, next);
        paused = false;
      }
      return batch;
    },
    isEmpty: () => records.length === 0,
    first: () => records[0] ?? null,
    next: () => next,
    end: () => end,
    restart: (from) => {
      records = [];
      bytes = 0;
      next = from;
      end = Math.max(end, from);
      paused = false;
      source.resume(partition, from);
    },
    reassigned: () => {
      if (!paused) source.resume(partition, next);
    },
    stop: () => {
      pause();
      records = [];
      bytes = 0;
    },
  };
}
