import type { Redis } from 'ioredis';
import type { StateReader } from '../ports.ts';
import { taskKey } from './taskKey.ts';

/** Reads tasks' states from outside: S and the values in one command, hence of one moment. */
export const stateReader = (redis: Redis, application: string, topic: string): StateReader => ({
  read: async (partition, keys) => {
    const [next, ...values] = await redis.hmgetBuffer(taskKey(application, topic, partition), 'S', ...keys);
    return { next: next ? Number(next.toString()) : null, values };
  },
});
