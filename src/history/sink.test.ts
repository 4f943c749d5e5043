import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { offlineCodec } from '../../test/codec.ts';
import { boundsAmong } from '../topology/bounds.ts';
import { systemClock } from '../topology/clock.ts';
import { historyMetrics } from './metrics.ts';
import { startSink } from './sink.ts';

test('a sink that was overtaken while it asked goes on where the other one is', async () => {
  let end = 0;
  const resumed = Promise.withResolvers<number>();
  const sink = startSink({
    place: { topic: 'events', partition: 0, cluster: 'here' },
    store: {
      position: () => {
        // Three events came after Kafka was asked, and another process has written them.
        end = 3;
        return Promise.resolve({ next: 3, cluster: 'here' });
      },
      apply: () => Promise.resolve(),
    },
    source: {
      pause: () => undefined,
      resume: (_partition, from) => resumed.resolve(from),
      commit: () => Promise.resolve(),
    },
    logRange: () => Promise.resolve({ start: 0, end }),
    committed: () => Promise.resolve(null),
    codec: offlineCodec,
    clock: systemClock,
    bounds: () => boundsAmong(1).fetched,
    metrics: historyMetrics(new Registry(), Date.now),
    log: (level, message) => {
      if (level !== 'info') resumed.reject(new Error(message));
    },
  });
  expect(await resumed.promise).toBe(3);
  await sink.close();
});
