import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import { Registry } from 'prom-client';
import { offlineCodec, schemaIds } from '../../test/codec.ts';
import { hastyClock } from '../../test/hastyClock.ts';
import type { Event } from '../domain/event.ts';
import { createCodec } from '../schemas/codec.ts';
import { encodeEvent } from '../schemas/events.ts';
import { boundsAmong } from '../topology/bounds.ts';
import type { InputRecord, LogRange } from '../topology/ports.ts';
import { historyMetrics } from './metrics.ts';
import { type SinkDeps, startSink } from './sink.ts';
import type { LogPlace } from './store.ts';

const place: LogPlace = { topic: 'events', partition: 0, cluster: 'here' };

/** A sink on an empty database. */
const sinkOf = (deps: Pick<SinkDeps, 'source'> & Partial<SinkDeps>) =>
  startSink({
    place,
    store: {
      position: () => Promise.resolve({ next: 0, cluster: place.cluster }),
      apply: () => Promise.resolve(),
    },
    logRange: () => Promise.resolve({ start: 0, end: 0 }),
    committed: () => Promise.resolve(null),
    codec: offlineCodec,
    clock: hastyClock,
    bounds: () => boundsAmong(1).fetched,
    metrics: historyMetrics(new Registry(), Date.now),
    log: () => undefined,
    ...deps,
  });

test('a sink that was overtaken while it asked goes on where the other one is', async () => {
  let end = 0;
  const resumed = Promise.withResolvers<number>();
  const sink = sinkOf({
    store: {
      position: () => {
        // Three events came after Kafka was asked, and another process has written them.
        end = 3;
        return Promise.resolve({ next: 3, cluster: place.cluster });
      },
      apply: () => Promise.resolve(),
    },
    source: {
      pause: () => undefined,
      resume: (_partition, from) => resumed.resolve(from),
      commit: () => undefined,
    },
    logRange: () => Promise.resolve({ start: 0, end }),
    log: (level, message) => {
      if (level !== 'info') resumed.reject(new Error(message));
    },
  });
  expect(await resumed.promise).toBe(3);
  await sink.close();
});

describe('a gap in the offsets', () => {
  const refusal = offlineCodec.encode('CommandRejected', {
    restaurantId: 1,
    at: 1,
    commandId: '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10',
    command: 'CallWaiting',
    code: 'CALL_PENDING',
    detail: '',
  });
  const recordAt = (offset: number): InputRecord => ({
    topic: place.topic,
    partition: place.partition,
    offset,
    timestamp: 1,
    key: null,
    value: refusal,
    headers: [],
  });

  /** What is applied, or said as an error, when each of these fetches has come and the log by then starts at `start`. */
  async function outcomeOf(fetches: readonly (readonly number[])[], start: number) {
    const outcome = Promise.withResolvers<string>();
    let asked = 0;
    const range: LogRange = { start: 0, end: 10 };
    const sink = sinkOf({
      store: {
        position: () => Promise.resolve({ next: 0, cluster: place.cluster }),
        apply: (_changes, from, to) => {
          outcome.resolve(`applied ${from} to ${to}`);
          return Promise.resolve();
        },
      },
      source: {
        pause: () => undefined,
        resume: () =>
          setImmediate(() => {
            for (const offsets of fetches) sink.offer(offsets.map(recordAt), range.end);
          }),
        commit: () => undefined,
      },
      // The first question comes before anything is fetched.
      logRange: () => Promise.resolve((asked += 1) === 1 ? range : { ...range, start }),
      log: (level, _message, { err }: { err?: unknown }) => {
        if (level !== 'info') outcome.resolve(String(err));
      },
    });
    const happened = await outcome.promise;
    await sink.close();
    return { happened, asked: asked - 1, state: sink.state() };
  }

  test('stops the history where records between two fetches were deleted before they came', async () => {
    expect(await outcomeOf([[0, 1], [5]], 5)).toEqual({
      happened: 'LogTruncatedError: events-0 has offsets 5 to 10, and what comes next is 2',
      asked: 10,
      state: 'failed',
    });
  });

  test('stops it where a single record was, which a control marker would be as wide as', async () => {
    expect(await outcomeOf([[1, 2]], 1)).toMatchObject({ asked: 10, state: 'failed' });
    expect(await outcomeOf([[0], [2]], 2)).toMatchObject({ asked: 10, state: 'failed' });
  });

  test('is a control marker where the log still has it, and one question is enough for all of them', async () => {
    const fetches = [[0], [2, 3], [5]];
    expect(await outcomeOf(fetches, 0)).toMatchObject({ happened: 'applied 0 to 6', asked: 1 });
    // What was deleted after it came is no loss.
    expect(await outcomeOf(fetches, 1)).toMatchObject({ happened: 'applied 0 to 6', asked: 1 });
  });

  test('that is none asks nobody', async () => {
    expect(await outcomeOf([[0, 1], [2]], 0)).toMatchObject({ happened: 'applied 0 to 3', asked: 0 });
  });
});

test('a sink waits at an event of a newer build, and goes on once that one has applied it', async () => {
  const event: Event = { type: 'BusinessDayClosed', datesId: 1, restaurantId: 1, version: 1, at: 1 };
  const newer = avsc.Type.forSchema({
    type: 'record',
    name: 'Tomorrow',
    namespace: 'waiting.events',
    fields: [],
  });
  const values = [
    encodeEvent(offlineCodec, event),
    Buffer.of(0, 0, 0, 3, 231),
    encodeEvent(offlineCodec, { ...event, version: 3 }),
  ];
  const history = { next: 0, applied: [] as number[] };
  const waiting = Promise.withResolvers<undefined>();
  const over = Promise.withResolvers<undefined>();
  const wake = Promise.withResolvers<undefined>();
  const sink = sinkOf({
    store: {
      position: () => Promise.resolve({ next: history.next, cluster: 'here' }),
      apply: (changes, _from, to) => {
        history.applied.push(...changes.events.map(({ version }) => version));
        history.next = to;
        if (to === values.length) over.resolve(undefined);
        return Promise.resolve();
      },
    },
    source: {
      pause: () => undefined,
      resume: (partition, from) => {
        const records = values.map((value, offset) => ({
          ...{ topic: 'events', partition, offset, timestamp: 1, key: null, headers: [] },
          value,
        }));
        setImmediate(() => sink.offer(records.slice(from), values.length));
      },
      commit: () => undefined,
    },
    logRange: () => Promise.resolve({ start: 0, end: values.length }),
    codec: createCodec(schemaIds(), { find: (id) => Promise.resolve(id === 999 ? newer : null) }),
    clock: {
      ...hastyClock,
      sleep: async () => {
        waiting.resolve(undefined);
        await wake.promise;
      },
    },
    log: (level, message) => {
      if (level === 'error') waiting.reject(new Error(message));
    },
  });
  await waiting.promise;
  expect([sink.state(), history]).toEqual(['backing off', { next: 1, applied: [1] }]);
  history.next = 2;
  wake.resolve(undefined);
  await over.promise;
  expect(history).toEqual({ next: 3, applied: [1, 3] });
  await sink.close();
});
