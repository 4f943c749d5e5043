/** Local processes: finds out whether the machine has what they need, fetches the rest, and says how to run each. */
import { join } from 'node:path';
import { download, downloaded, type Downloads } from './downloads.ts';
import { kafka } from './kafka.ts';
import { findJava, hasMaven } from './machine.ts';
import type { Ports } from './ports.ts';
import { postgres, postgresPrograms } from './postgres.ts';
import { redis, redisFromJar, redisOnPath } from './redis.ts';
import { registry } from './registry.ts';
import type { ServerName, ServerSpec } from './server.ts';
import type { Steps } from './steps.ts';

export interface LocalOptions {
  readonly needed: readonly ServerName[];
  readonly ports: Ports;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly logDir: string;
  readonly steps: Steps;
  readonly signal: AbortSignal | undefined;
}

export async function localSpecs(options: LocalOptions): Promise<ServerSpec[]> {
  const { needed, ports, dataDir } = options;
  const java = findJava(process.env);
  const redisProgram = needed.includes('redis') ? redisOnPath() : undefined;
  const needsJava = needed.includes('kafka') || needed.includes('registry');
  const needsRedis = needed.includes('redis') && redisProgram === undefined;
  if (needsJava && java === undefined) throw new Error('Java 17 or later is not installed');
  const jars = needsJava || needsRedis ? await jarsFor(options) : undefined;
  const programs = needed.includes('postgres') ? await postgresPrograms() : undefined;

  return needed.flatMap((name): ServerSpec[] => {
    const place = { data: join(dataDir, name), port: ports[name] };
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

async function jarsFor({ cacheDir, logDir, steps, signal }: LocalOptions): Promise<Downloads> {
  const there = downloaded(cacheDir);
  if (there) return there;
  if (!hasMaven()) throw new Error('Maven is not installed');
  let fetched: Downloads | undefined;
  await steps.step('Downloads', 'Kafka, the registry and Redis from Maven Central, once', async () => {
    fetched = await download(cacheDir, join(logDir, 'maven.log'), signal);
    return 'Kafka, the registry and Redis are here';
  });
  if (!fetched) throw new Error('unreachable: the step had rejected');
  return fetched;
}
