/** Everything a scenario needs: its own servers on free ports, workers of its own, a producer, and a look at them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { application, setUp, verify } from '../infra/application/application.ts';
import { freePort } from '../infra/stack/ports.ts';
import type { Server } from '../infra/stack/server.ts';
import { startStack, type Stack } from '../infra/stack/stack.ts';
import { type Codec, createCodec } from '../src/schemas/codec.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { topics } from '../src/schemas/topics.ts';
import { logRanges } from '../src/topology/kafka/admin.ts';
import type { Message } from './commands.ts';
import { owned, type Owned } from './owned.ts';

export interface Stage {
  readonly stack: Stack;
  readonly codec: Codec;
  readonly kafka: Kafka;
  /** Connected; keys go to the partitions that every client's default (murmur2) has for them. */
  readonly producer: Producer;
  /** Another worker process, not started yet. */
  readonly worker: (nodeOptions?: readonly string[]) => Promise<Server<'app'>>;
  /** Another process that serves the API and runs no task, not started yet. */
  readonly ingress: () => Promise<Server<'app'>>;
  /** Stops it, too, when the stage is closed. */
  readonly owns: Owned['owns'];
  /** Puts commands on the log, and says how many; `say` is told now and then. */
  readonly produce: (messages: Iterable<Message>, say: (count: number) => void) => Promise<number>;
  /** Holds what is kept against the logs. Rejects when something differs. */
  readonly verify: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The broker takes 64 KB a partition and request on this topic. */
const produceTogether = 2_000;

/** `roles` and `partitions` as in docs/configuration.md. */
export async function openStage(roles: string, partitions = 8): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-bench-'));
  const { owns, stopAll } = owned();
  const stack = owns(await startStack({ dataDir: join(folder, 'data') }));
  let workers = 0;
  const optionsIn = (place: string, does = roles) => ({
    urls: stack.urls,
    env: { ROLES: does, TOPIC_PARTITIONS: String(partitions) },
    places: {
      logDir: place,
      runDir: place,
      onDeath: (name: string, how: string, log: string): void => {
        if (how !== 'ended with code 0') throw new Error(`${name} ${how}; see ${log}`);
      },
    },
  });
  await setUp({ ...optionsIn(folder), port: 0 });
  const registry = connectRegistry(stack.urls.SCHEMA_REGISTRY_URL);
  const kafka = new Kafka({ brokers: stack.urls.KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();

  return {
    stack,
    codec: createCodec(await registry.lookUp(), registry),
    kafka,
    producer,
    worker: async (nodeOptions = []) => {
      const place = join(folder, `worker-${(workers += 1)}`);
      return owns(application({ ...optionsIn(place), port: await freePort(), nodeOptions }));
    },
    ingress: async () => {
      const place = join(folder, `ingress-${(workers += 1)}`);
      return owns(application({ ...optionsIn(place, 'ingress'), port: await freePort() }));
    },
    owns,
    produce: async (messages, say) => {
      let count = 0;
      let together: Message[] = [];
      const send = async (): Promise<void> => {
        await producer.send({ topic: topics.commands, messages: together });
        count += together.length;
        together = [];
        say(count);
      };
      for (const message of messages) {
        together.push(message);
        if (together.length === produceTogether) await send();
      }
      if (together.length > 0) await send();
      return count;
    },
    verify: () => verify({ ...optionsIn(folder), port: 0 }),
    close: async () => {
      await producer.disconnect();
      await stopAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the workers have decided all that is on the log so far. */
export async function untilDecided({ kafka }: Stage, workers: readonly Server<'app'>[]): Promise<void> {
  const ranges = logRanges(kafka);
  await ranges.open();
  const ends = await ranges.ends(topics.commands).finally(() => ranges.close());
  const total = [...ends.values()].reduce((sum, end) => sum + end, 0);
  await until('all is decided', 120_000, () => metrics(workers, processedOffset), total);
}

export const processedOffset = 'waiting_task_processed_offset';
export const emittedOffset = 'waiting_task_emitted_offset';

const lookMillis = 100;

/** Looks until the value is at least this. Throws when that takes longer than `patience` (ms). */
export async function until(
  what: string,
  patience: number,
  look: () => Promise<number>,
  least: number,
  say: (value: number) => void = () => undefined,
): Promise<void> {
  for (let spent = 0, said = 0; ; spent += lookMillis) {
    const value = await look();
    if (value >= least) return;
    if (spent > patience)
      throw new Error(`${what}: not within ${patience / 1_000} s, but ${value} of ${least}`);
    if (spent - said >= 2_000) {
      said = spent;
      say(value);
    }
    await sleep(lookMillis);
  }
}

/** The sum of a metric over the workers and its labels. */
async function metrics(workers: readonly Server<'app'>[], name: string): Promise<number> {
  const values = await Promise.all(workers.map((worker) => metric(worker, name)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** The sum of a metric over its labels; 0 while the worker does not answer. */
export async function metric(worker: Server<'app'>, name: string): Promise<number> {
  try {
    const text = await (await fetch(`${worker.url}/metrics`)).text();
    const samples = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'));
    return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
  } catch {
    return 0; // not listening yet
  }
}
