/** The servers as local processes: fetches what the machine lacks, and says how to run each. */
import { join } from 'node:path';
import { type Cluster, kafkaCluster } from './cluster.ts';
import { download, downloaded, type Downloads } from './downloads.ts';
import { kafka } from './kafka.ts';
import { findJava } from './machine.ts';
import type { Making } from './making.ts';
import { postgres, postgresPrograms } from './postgres.ts';
import { redis, redisFromJar, redisOnPath } from './redis.ts';
import { registry } from './registry.ts';
import { createServer, type Server } from './server.ts';

export async function localServers(options: Making): Promise<(Server | Cluster)[]> {
  const { needed, ports, dataDir, keep, materials, brokers, listeners, places } = options;
  const java = findJava();
  const redisProgram = needed.includes('redis') ? redisOnPath() : undefined;
  const needsJava = needed.includes('kafka') || needed.includes('registry');
  const needsRedis = needed.includes('redis') && redisProgram === undefined;
  const jars = needsJava || needsRedis ? await jarsFor(options) : undefined;
  const programs = needed.includes('postgres') ? await postgresPrograms() : undefined;

  const made = needed.map(async (name): Promise<(Server | Cluster)[]> => {
    const place = { data: join(dataDir, name), port: ports[name], keep, materials };
    switch (name) {
      case 'kafka': {
        if (java === undefined || !jars) return [];
        const kafkaPlace = { ...place, java, jars: jars.kafka };
        if (brokers > 1) return [await kafkaCluster(kafkaPlace, brokers, listeners, places)];
        return [createServer(kafka(kafkaPlace), places)];
      }
      case 'registry': {
        if (java === undefined || !jars) return [];
        return [createServer(registry({ ...place, java, jars: jars.registry }), places)];
      }
      case 'redis': {
        const program = redisProgram ?? (jars && redisFromJar(jars.redis));
        return program === undefined ? [] : [createServer(redis({ ...place, program }), places)];
      }
      case 'postgres':
        return programs ? [createServer(postgres({ ...place, programs }), places)] : [];
    }
  });
  return (await Promise.all(made)).flat();
}

async function jarsFor({ cacheDir, places, steps }: Making): Promise<Downloads> {
  const there = downloaded(cacheDir);
  if (there) return there;
  let fetched: Downloads | undefined;
  await steps.step('Downloads', 'Kafka, the registry and Redis from Maven Central, once', async () => {
    fetched = await download(cacheDir, join(places.logDir, 'maven.log'), places.signal);
    return 'Kafka, the registry and Redis are here';
  });
  if (!fetched) throw new Error('unreachable: the step had rejected');
  return fetched;
}
