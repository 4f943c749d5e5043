/** A process's connections to Redis, each for what it is for: with a user, and a time to wait, of its own. */
import type { Config } from './config.ts';
import { changesChannel } from './processors/change.ts';
import { replyChannels } from './processors/commandSource.ts';
import type { Starting } from './starting.ts';
import { connectRedis, openChannel, requireNoEviction } from './topology/redis/connections.ts';

/** A write is counted by Redis by then, or by this process: longer than Redis takes when all is well. */
const countWithinMillis = 250;

/** All that the roles need; none is missing. `onError` hears of each that is lost, and of what keeps it from coming back. */
export async function openRedis(
  config: Config,
  { from }: Pick<Starting, 'from'>,
  onError: (error: Error) => void,
) {
  const { roles } = config;
  const serves = roles.includes('ingress');
  const pushes = config.push !== null && (serves || roles.includes('push'));
  const [redis, replies, changes, counting, subscribed] = await Promise.all([
    from('redis', () => connectRedis(config.redis, onError)),
    from('redis', () => openChannel(config.redis, `${replyChannels}${config.instanceId}`, onError)),
    from('redis', () => openChannel(config.redis, changesChannel, onError)),
    serves ? from('redis', () => connectRedis(config.limitsRedis, onError, countWithinMillis)) : null,
    pushes ? from('redis', () => connectRedis(config.pushRedis, onError)) : null,
  ]);
  await from('redis', () => requireNoEviction(redis));
  return {
    /** Of the state. */
    redis,
    replies,
    changes,
    /** Of the requests that an ingress counts. */
    counting,
    /** Of subscriptions to Web Push. */
    subscribed,
    close: (): void => {
      replies.close();
      changes.close();
      counting?.disconnect();
      subscribed?.disconnect();
      redis.disconnect();
    },
  };
}
