/** The servers as local processes: fetches what the machine lacks, and says how to run each. */
import { join } from 'node:path';
import { download, downloaded, type Downloads } from './downloads.ts';
import { kafka } from './kafka.ts';
import { findJava } from './machine.ts';
import type { Making } from './making.ts';
import { postgres, postgresPrograms } from './postgres.ts';
import { redis, redisFromJar, redisOnPath } from './redis.ts';
import { registry } from './registry.ts';
import { createServer, type Server, type ServerSpec } from './server.ts';

export async function localServers(making: Making): Promise<Server[]> {
  return (await specs(making)).map((spec) => createServer(spec, making.places));
}

async function specs(options: Making): Promise<ServerSpec[]> {
  const { needed, ports, dataDir, keep, materials } = options;
  const java = findJava();
  const redisProgram = needed.includes('redis') ? redisOnPath() : undefined;
  const needsJava = needed.includes('kafka') || needed.includes('registry');
  const needsRedis = needed.includes('redis') && redisProgram === undefined;
  const jars = needsJava || needsRedis ? await jarsFor(options) : undefined;
  const programs = needed.includes('postgres') ? await postgresPrograms() : undefined;

  return needed.flatMap((name): ServerSpec[] => {
    const place = { data: join(dataDir, name), port: ports[name], keep, materials };
    switch (name) {
      case 'kafka':
        return java !== undefined && jars ? [kafka({ ...place, java, jars: jars.kafka })] : [];
      case 'registry':
        return java !== undefined && jars ? [registry({ ...place, java, jars: jars.registry })] : [];
      case 'redis': {
        const program = redisProgram ?? (jars && redisFromJar(jars.redis));
        return program === undefined ? [] : [redis({ ...place, program })];
      }
      case 'postgres':
        return programs ? [postgres({ ...place, programs })] : [];
    }
  });
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
