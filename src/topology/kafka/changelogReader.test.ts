import { expect, it, jest } from '@jest/globals';
import type { Consumer, ConsumerRunConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { changelogReader } from './changelogReader.ts';

const topic = 'changelog';

/** The library's consumer as far as the reader uses it: a test hands over the batches. */
function fakeConsumer() {
  const listeners = new Map<string, (event: object) => void>();
  let config: ConsumerRunConfig = {};
  const resolved: string[] = [];
  const consumer = {
    events: { GROUP_JOIN: 'join', CRASH: 'crash', END_BATCH_PROCESS: 'end' },
    on: (name: string, listener: (event: object) => void) => void listeners.set(name, listener),
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: (given: ConsumerRunConfig) => {
      config = given;
      listeners.get('join')?.({ payload: { memberAssignment: { [topic]: [0] } } });
      return Promise.resolve();
    },
    pause: () => undefined,
    resume: () => undefined,
    seek: () => undefined,
  };
  const deliver = (last: number): Promise<void> =>
    config.eachBatch?.({
      batch: {
        partition: 0,
        messages: [{ offset: String(last), timestamp: '0', key: Buffer.from('k'), value: null }],
        lastOffset: () => String(last),
      },
      isStale: () => false,
      resolveOffset: (offset: string) => void resolved.push(offset),
    } as unknown as EachBatchPayload) ?? Promise.resolve();
  const kafka = { consumer: () => consumer as unknown as Consumer } as unknown as Kafka;
  return { kafka, deliver, resolved };
}

it('the last chunk of a reading that was given up does not end the next one', async () => {
  jest.useFakeTimers();
  try {
    const { kafka, deliver, resolved } = fakeConsumer();
    const reader = changelogReader(kafka, topic, 'group', () => undefined);
    await reader.open();
    const busy = Promise.withResolvers<undefined>();
    const stalled = expect(reader.read(0, 0, 10, () => busy.promise)).rejects.toThrow('nothing was read');
    const late = deliver(10);
    await jest.advanceTimersByTimeAsync(15_000);
    await stalled;

    const read: number[] = [];
    let ended = false;
    const next = reader
      .read(0, 0, 10, (records) => {
        read.push(...records.map(({ offset }) => offset));
        return Promise.resolve();
      })
      .then(() => (ended = true));
    busy.resolve(undefined);
    await late;
    await jest.advanceTimersByTimeAsync(0);
    expect([ended, resolved]).toEqual([false, []]);
    await deliver(10);
    await next;
    expect(read).toEqual([10]);
  } finally {
    jest.useRealTimers();
  }
});
