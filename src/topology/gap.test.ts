import { expect, test } from '@jest/globals';
import { hastyClock } from '../../test/hastyClock.ts';
import { LogTruncatedError } from './errors.ts';
import { requireWhole } from './gap.ts';
import type { InputRecord, LogRange } from './ports.ts';

const record = (offset: number): InputRecord => ({
  topic: 'log',
  partition: 0,
  offset,
  timestamp: 1,
  key: null,
  value: null,
  headers: [],
});

/** Looks at records that came after offset 2 while the log is said to start at these offsets, one after another. */
async function lookedAt(offsets: readonly number[], starts: readonly number[]) {
  const asked: boolean[] = [];
  const logRange = (_topic: string, _partition: number, afresh = false): Promise<LogRange> => {
    const start = starts[Math.min(asked.length, starts.length - 1)] ?? 0;
    asked.push(afresh);
    return Promise.resolve({ start, end: 10 });
  };
  const followed = {
    topic: 'log',
    partition: 0,
    logRange,
    clock: hastyClock,
    closing: new AbortController().signal,
  };
  const outcome = await requireWhole(followed, 2, offsets.map(record)).then(
    () => null,
    (error: unknown) => error,
  );
  return { outcome, asked };
}

test('a gap is a control marker where the log still has it: one question tells', async () => {
  expect(await lookedAt([2, 4], [0])).toEqual({ outcome: null, asked: [false] });
  expect(await lookedAt([2, 3], [7])).toEqual({ outcome: null, asked: [] });
});

test('records are gone when whoever leads the partition says so for ten seconds', async () => {
  const { outcome, asked } = await lookedAt([4], [4]);
  expect(outcome).toBeInstanceOf(LogTruncatedError);
  expect(asked).toEqual([false, ...Array.from({ length: 9 }, () => true)]);
});

test('where one broker alone says so they are read again: what came after may have come from it', async () => {
  const { outcome, asked } = await lookedAt([4], [4, 4, 0]);
  expect(outcome).not.toBeNull();
  expect(outcome).not.toBeInstanceOf(LogTruncatedError);
  expect(asked.length).toBe(3);
});
