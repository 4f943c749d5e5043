import { expect, test } from '@jest/globals';
import { offlineCodec } from '../../test/codec.ts';
import { inMemoryWorker, partitions } from '../../test/httpInMemoryWorker.ts';
import { emptyQueue, type Queue } from '../domain/queue.ts';
import { encodeQueue } from '../schemas/state.ts';
import { createQueueReader } from './queueReader.ts';

test('a queue is decoded again only when its bytes are others', async () => {
  const worker = inMemoryWorker();
  let queue: Queue = emptyQueue(1);
  worker.onRead = () => ({ next: 1, values: [encodeQueue(offlineCodec, queue)] });
  const reader = createQueueReader(worker.stateReader, offlineCodec, partitions, () => worker.now);

  const first = await reader.readQueue(1);
  expect(first).toEqual(queue);
  expect(await reader.readQueue(1)).toBe(first);

  queue = { ...queue, version: 1 };
  expect(await reader.readQueue(1)).toEqual(queue);
});
