import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, jest } from '@jest/globals';
import { offsetCommits } from './offsetCommits.ts';

const away = new Error('the coordinator is away');

it('offsets are committed until they are there, each partition’s newest, and that is said once', async () => {
  jest.useFakeTimers();
  try {
    const log = jest.fn();
    const sent: (readonly [number, number])[][] = [];
    let isAway = true;
    const commits = offsetCommits(
      'group',
      (offsets) => {
        sent.push([...offsets]);
        return isAway ? Promise.reject(away) : Promise.resolve();
      },
      log,
    );
    commits.assigned([0, 1]);
    for (let next = 1; next <= 60; next += 1) {
      commits.commit(0, next);
      commits.commit(1, 2 * next);
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(log).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledWith('warn', 'offsets of a group are not committed yet', {
      group: 'group',
      err: away,
    });
    isAway = false;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(sent.at(-1)).toEqual([
      [0, 60],
      [1, 120],
    ]);
    const count = sent.length;
    expect(log).toHaveBeenLastCalledWith('info', 'offsets of a group are committed again', {
      group: 'group',
    });
    await jest.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(count);
  } finally {
    jest.useRealTimers();
  }
});

it('an offset of a partition that went to somebody else is not committed', async () => {
  const sent: (readonly [number, number])[][] = [];
  const first = Promise.withResolvers<undefined>();
  const commits = offsetCommits(
    'group',
    (offsets) => {
      sent.push([...offsets]);
      return sent.length === 1 ? first.promise : Promise.resolve();
    },
    () => undefined,
  );
  commits.assigned([0, 1]);
  commits.commit(0, 1);
  await sleep(0);
  commits.commit(1, 1);
  commits.assigned([0]);
  commits.commit(1, 2);
  first.resolve(undefined);
  await commits.finish();
  expect(sent).toEqual([[[0, 1]]]);
});
