import { describe, expect, it } from '@jest/globals';
import type { InputRecord } from '../../topology/ports.ts';
import { type Replay, stopsOf } from './replay.ts';

const recordsOf = (...offsets: readonly number[]): InputRecord[] =>
  offsets.map((offset) => ({
    topic: 'commands',
    partition: 0,
    offset,
    timestamp: 0,
    key: null,
    value: null,
    headers: [],
  }));

/** What was fed, and where it was stopped, in order. */
function halting(...stops: readonly number[]) {
  const done: string[] = [];
  const replay: Replay = {
    values: new Map(),
    feed: (records) => {
      done.push(...records.map(({ offset }) => String(offset)));
      return Promise.resolve();
    },
  };
  const stopping = stopsOf(
    replay,
    stops.map((at) => ({
      at,
      then: () => {
        done.push(`stop ${at}`);
        return Promise.resolve();
      },
    })),
  );
  return { done, ...stopping };
}

describe('the stops of a replay', () => {
  it('come when everything before them is decided, and nothing after', async () => {
    const { done, feed, end } = halting(4, 0, 2, 2);
    await feed(recordsOf(0, 1));
    await feed(recordsOf(2, 3, 4));
    await end();
    expect(done).toEqual(['stop 0', '0', '1', 'stop 2', 'stop 2', '2', '3', 'stop 4', '4']);
  });

  it('come at the end where the log is over before them', async () => {
    const { done, feed, end } = halting(9);
    await feed(recordsOf(0));
    await end();
    expect(done).toEqual(['0', 'stop 9']);
  });
});
