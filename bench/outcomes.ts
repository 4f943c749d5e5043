/** What became of commands, as another process sees it: outcomes on a reply channel, notifications on their topic. */
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../src/domain/outcome.ts';
import { replyChannels } from '../src/processors/commandSource.ts';
import { decodeOutcome } from '../src/schemas/state.ts';
import { topics } from '../src/schemas/topics.ts';
import { openChannel } from '../src/topology/redis/connections.ts';
import { now } from './monotonic.ts';
import type { Stage } from './stage.ts';

/** `at` is when it was there, on the clock of `now`. */
export async function hearOutcomes(
  { codec, stack }: Stage,
  heard: (outcome: Outcome, at: number) => void,
  failed: (error: Error) => void,
): Promise<{ readonly channel: string; readonly close: () => void }> {
  const channel = await openChannel({ url: stack.urls.REDIS_URL }, `${replyChannels}${randomUUID()}`, failed);
  channel.onMessage((message) => {
    const at = now();
    heard(decodeOutcome(codec, message), at);
  });
  return { channel: channel.name, close: channel.close };
}

export interface Notified {
  /** The notification's own id. */
  readonly id: string;
  /** The command that caused it. */
  readonly commandId: string;
  readonly at: number;
}

/** All notifications, as a consumer that sees only what is committed gets them. Resolves once it reads. */
export async function readNotifications(
  { kafka }: Stage,
  read: (notified: Notified) => void,
  failed: (error: Error) => void,
): Promise<{ readonly close: () => Promise<void> }> {
  const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.notifications, fromBeginning: true });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      const at = now();
      for (const { headers } of batch.messages) {
        const header = (name: string): string => headers?.[name]?.toString() ?? '';
        read({ id: header('ce_id'), commandId: header('causationid'), at });
      }
      return Promise.resolve();
    },
  });
  await joined;
  return { close: () => consumer.disconnect() };
}
