/** Tasks and history in memory, as the cases want them. */
import { seededRandom } from '../random.ts';
import { directLink } from '../simulation/link.ts';
import { memoryRedis } from '../simulation/memoryRedis.ts';
import { taskKey } from '../../src/topology/redis/taskStore.ts';
import type { WithStored } from './taskStore.ts';

const place = { application: 'waiting', topic: 'commands', partition: 3 };

/** `seed`: what Redis chooses by chance, as the sizes of a scan's chunks. */
export const withMemoryStored =
  (seed: number): WithStored =>
  async (callback) => {
    const redis = memoryRedis({ random: seededRandom(seed) });
    const { application, topic, partition } = place;
    await callback({
      application,
      partition,
      store: (cluster = 'cluster-1') => redis.taskStore(directLink, { ...place, cluster }),
      reader: redis.stateReader(directLink, application, topic),
      listen: (channel) => Promise.resolve(redis.channel(directLink, channel)),
      all: () => {
        const fields = redis.hash(taskKey(application, topic, partition));
        return Promise.resolve(Object.fromEntries([...fields].map(([name, value]) => [name, String(value)])));
      },
      wipe: () => {
        redis.wipe();
        return Promise.resolve();
      },
    });
  };
