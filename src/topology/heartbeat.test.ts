import { describe, expect, test } from '@jest/globals';
import type { Measured } from './emission.ts';
import type { Projected } from './graph.ts';
import { heartbeat, type Heartbeat } from './heartbeat.ts';
import type { Appended } from './ports.ts';

const record = (key: string): Projected => ({ key, value: null });
const start = 1_000_000;

/** A partition whose broker and owner stand still until they are told to go on. */
function partition(kept: number | Measured | null, guardedSince: number | null = start, wasMeasured = false) {
  const log: Appended[] = [];
  const stalls: [number, number][] = [];
  const over = new AbortController();
  let now = start;
  let wake: () => void = () => undefined;
  let refuses = false;
  let answers = true;
  const beats: Heartbeat = heartbeat(
    {
      clock: {
        // A clock that is wrong, and not even steadily so.
        now: () => -now,
        monotonic: () => now - 12_345.678,
        sleep: (_, signal) =>
          signal.aborted ? Promise.resolve() : new Promise((resolve) => (wake = resolve)),
      },
      append: ({ key }) => {
        if (refuses) return Promise.reject(new Error('away'));
        const appended = { offset: log.length, at: now, key };
        if (!answers) return new Promise(() => undefined);
        log.push(appended);
        return Promise.resolve(appended);
      },
      beat: () => record('beat'),
      guardedSince: () => guardedSince,
      wasMeasured: () => wasMeasured,
      excuses: (from, until) => [record(`excuse ${from - start} ${until - start}`)],
      stalled: (from, until) => void stalls.push([from - start, until - start]),
      failed: () => undefined,
    },
    typeof kept === 'object' && kept !== null ? kept : { wellAt: kept, beatAt: null },
  );
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const ran = beats.run(over.signal);
  return {
    beats,
    log,
    stalls,
    refuse: (away: boolean) => (refuses = away),
    answer: (now: boolean) => (answers = now),
    wait: async (millis: number): Promise<void> => {
      now += millis;
      await settled();
    },
    publish: async (): Promise<void> => {
      beats.published(log.length);
      await settled();
    },
    goOn: async (): Promise<void> => {
      wake();
      await settled();
    },
    end: async (): Promise<void> => {
      over.abort();
      wake();
      beats.published(Infinity);
      await ran;
    },
  };
}

/** One beat that is published soon after it was sent. */
async function beatOnce({ goOn, publish, wait }: ReturnType<typeof partition>): Promise<void> {
  await wait(600);
  await goOn();
  await publish();
}

describe('a partition that is well', () => {
  test('keeps when the beat before was appended, and lets timers be sent for a while', async () => {
    const well = partition(start - 1_000);
    expect(well.beats.validUntil()).toBeNull();
    await well.publish();
    for (let n = 0; n < 3; n += 1) await beatOnce(well);
    expect(well.beats.measured(well.log.length).wellAt).toBe(start + 1_200);
    expect(well.beats.validUntil()).toBe(start + 1_800 + 5_000);
    expect(well.beats.now()).toBe(start + 1_800);
    await well.wait(250.5);
    expect(well.beats.now()).toBe(start + 2_050);
    expect(well.stalls).toEqual([]);
    await well.end();
  });

  test('knows already in the transaction of a beat what it proves', async () => {
    const well = partition(start - 1_000);
    await well.publish();
    await beatOnce(well);
    await well.wait(600);
    await well.goOn();
    expect(well.beats.measured(well.log.length - 1).wellAt).toBe(start);
    expect(well.beats.measured(well.log.length).wellAt).toBe(start + 600);
    await well.end();
  });
});

describe('an owner that publishes one beat only', () => {
  test('moves what is kept by it, from the beat of the owner before', async () => {
    const next = partition({ wellAt: start - 1_000, beatAt: start - 500 });
    await next.wait(600);
    expect(next.beats.measured(next.log.length)).toEqual({ wellAt: start - 500, beatAt: start });
    await next.publish();
    expect(next.beats.measured(next.log.length)).toEqual({ wellAt: start - 500, beatAt: start });
    await next.end();
  });

  test('leaves a stall that it found to the next one', async () => {
    const next = partition({ wellAt: start - 9_000, beatAt: start - 8_000 }, start - 60_000);
    await next.wait(600);
    const kept = { wellAt: start - 9_000, beatAt: start };
    expect(next.beats.validUntil()).toBeNull();
    expect(next.beats.measured(next.log.length)).toEqual(kept);
    await next.publish();
    expect(next.beats.measured(next.log.length)).toEqual(kept);
    await next.end();
  });
});

describe('a stall', () => {
  test('is over with the first beat that is well again, and then is told once and kept', async () => {
    const stalled = partition(start - 1_000);
    await stalled.publish();
    await beatOnce(stalled);
    await stalled.wait(600);
    await stalled.goOn();
    await stalled.wait(9_000);
    await stalled.publish();
    await stalled.wait(600);
    await stalled.goOn();
    await stalled.publish();
    expect(stalled.beats.validUntil()).toBeNull();
    expect(stalled.stalls).toEqual([]);
    await beatOnce(stalled);
    const [told] = stalled.stalls;
    expect(told).toEqual([600, 11_400]);
    expect(stalled.log.at(-1)).toMatchObject({ key: 'excuse 600 11400' });
    expect(stalled.beats.measured(stalled.log.length).wellAt).toBe(start + 600);
    expect(stalled.beats.validUntil()).toBeNull();
    await stalled.publish();
    expect(stalled.beats.measured(stalled.log.length).wellAt).toBe(start + 11_400);
    expect(stalled.beats.validUntil()).toBe(start + 11_400 + 5_000);
    await stalled.end();
  });

  test('of the owner before is found by the next one, from what was kept', async () => {
    const next = partition(start - 20_000, start - 60_000);
    await next.publish();
    await beatOnce(next);
    expect(next.stalls).toEqual([[-20_000, 600]]);
    await next.end();
  });

  test('before any deadline began is nobody’s', async () => {
    const next = partition(start - 20_000, start);
    await next.publish();
    await beatOnce(next);
    expect(next.stalls).toEqual([]);
    await next.end();
  });

  test('is not made up where nobody has measured before', async () => {
    const first = partition(null, start - 60_000);
    await first.publish();
    await beatOnce(first);
    expect(first.stalls).toEqual([]);
    expect(first.beats.measured(first.log.length).wellAt).toBe(start);
    await first.end();
  });

  test('since the deadline began is one where nobody was well since: the first owner died before its first beat', async () => {
    const next = partition(null, start - 60_000, true);
    await next.publish();
    await beatOnce(next);
    expect(next.stalls).toEqual([[-60_000, 600]]);
    await next.end();
  });

  test('is not what a single lost beat makes', async () => {
    const well = partition(start - 1_000);
    await well.publish();
    well.answer(false);
    await well.wait(600);
    await well.goOn();
    well.answer(true);
    // No answer in a second: it is sent again.
    await well.wait(1_000);
    await well.goOn();
    await well.publish();
    await beatOnce(well);
    expect(well.log).toHaveLength(3);
    expect(well.stalls).toEqual([]);
    await well.end();
  });

  test('goes on while the log takes nothing', async () => {
    const away = partition(start - 1_000);
    await away.publish();
    await beatOnce(away);
    away.refuse(true);
    for (let n = 0; n < 20; n += 1) await beatOnce(away);
    away.refuse(false);
    await beatOnce(away);
    await beatOnce(away);
    await beatOnce(away);
    expect(away.stalls).toHaveLength(1);
    expect(away.stalls[0]?.[0]).toBe(0);
    await away.end();
  });
});
