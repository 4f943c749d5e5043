import { Redis } from 'ioredis';
import type { ReplyChannel } from '../ports.ts';

/** A subscribed channel of this process. Resolves once subscribed, so that no request is sent before. */
export async function openReplyChannel(
  url: string,
  name: string,
  onError: (error: Error) => void,
): Promise<ReplyChannel & { close: () => void }> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
  });
  redis.on('error', onError);
  await redis.connect();
  await redis.subscribe(name);
  return {
    name,
    onMessage: (handler) =>
      void redis.on('messageBuffer', (_channel: Buffer, message: Buffer) => handler(message)),
    // ioredis subscribes again by itself; `ready` comes after that connection is up.
    onReconnect: (handler) => void redis.on('ready', handler),
    close: () => redis.disconnect(),
  };
}
