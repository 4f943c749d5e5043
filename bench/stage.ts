/** Everything a scenario needs: its own servers on free ports, workers of its own, a producer, and a look at them. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { application, generousLimits, setUp, verify } from '../infra/application/application.ts';
import { freePort } from '../infra/stack/ports.ts';
import type { Server } from '../infra/stack/server.ts';
import { startStack, type Stack } from '../infra/stack/stack.ts';
import { type Codec, createCodec } from '../src/schemas/codec.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { topics } from '../src/schemas/topics.ts';
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
  readonly ingress: (env?: Readonly<Record<string, string>>) => Promise<Server<'app'>>;
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

interface Setting {
  /** Where everything is put, and stays when the stage is closed. */
  readonly place?: string;
  /** Of the processes, beside what every stage gives them. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `roles` and `partitions` as in docs/configuration.md. */
export async function openStage(
  roles: string,
  partitions = 8,
  { place, env = {} }: Setting = {},
): Promise<Stage> {
  const folder = place ?? mkdtempSync(join(tmpdir(), 'waiting-bench-'));
  const { owns, stopAll } = owned();
  const stack = owns(await startStack({ dataDir: join(folder, 'data') }));
  let workers = 0;
  const optionsIn = (logs: string, does = roles) => ({
    urls: stack.urls,
    env: { ...generousLimits, ROLES: does, TOPIC_PARTITIONS: String(partitions), ...env },
    places: {
      logDir: logs,
      runDir: logs,
      onDeath: (name: string, how: string, log: string): void => {
        if (how !== 'ended with code 0') throw new Error(`${name} ${how}; see ${log}`);
      },
    },
  });
  await setUp({ ...optionsIn(folder), port: 0 });
  const registry = connectRegistry({ url: stack.urls.SCHEMA_REGISTRY_URL });
  const kafka = new Kafka({ brokers: stack.urls.KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();

  return {
    stack,
    codec: createCodec(await registry.lookUp(), registry),
    kafka,
    producer,
    worker: async (nodeOptions = []) => {
      const logs = join(folder, `worker-${(workers += 1)}`);
      return owns(application({ ...optionsIn(logs), port: await freePort(), nodeOptions }));
    },
    ingress: async (env = {}) => {
      const logs = join(folder, `ingress-${(workers += 1)}`);
      const options = optionsIn(logs, 'ingress');
      const all = { ...options, env: { ...options.env, ...env }, port: await freePort() };
      return owns(application(all));
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
      if (place === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Nobody's transaction is open for longer (ms). */
const holdMillis = 600_000;

/**
 * Puts commands on the log that no consumer sees before the function that this answers is called: then all of them are
 * there at once.
 */
export async function holdBack({ kafka }: Stage, messages: readonly Message[]): Promise<() => Promise<void>> {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: `bench-${randomUUID()}`,
    transactionTimeout: holdMillis,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  for (let at = 0; at < messages.length; at += produceTogether) {
    const together = messages.slice(at, at + produceTogether);
    await transaction.send({ topic: topics.commands, messages: together });
  }
  return async () => {
    await transaction.commit();
    await producer.disconnect();
  };
}

/** Commands that the workers have accepted since they were started. */
export const accepted = (workers: readonly Server<'app'>[]): Promise<number> =>
  metrics(workers, 'waiting_commands_total', 'outcome="ACCEPTED"');

/** Puts commands on the log; resolves when the workers have accepted them. */
export async function settle(
  { produce }: Stage,
  workers: readonly Server<'app'>[],
  messages: Iterable<Message>,
): Promise<void> {
  const before = await accepted(workers);
  const count = await produce(messages, () => undefined);
  await until('all is accepted', 120_000, () => accepted(workers), before + count);
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
export async function metrics(
  workers: readonly Server<'app'>[],
  name: string,
  label?: string,
): Promise<number> {
  const values = await Promise.all(workers.map((worker) => metric(worker, name, label)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** The sum of a metric over its labels, or over those with this one of them; 0 while the worker does not answer. */
export async function metric(worker: Server<'app'>, name: string, label = ''): Promise<number> {
  try {
    const text = await (await fetch(`${worker.url}/metrics`)).text();
    const samples = text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, 'gm'));
    return [...samples]
      .filter(([, labels = '']) => labels.includes(label))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  } catch {
    return 0; // not listening yet
  }
}
