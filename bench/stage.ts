/** Everything a scenario needs: its own servers on free ports, a worker of its own, a producer, and a look at both. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { application, setUp } from '../infra/application/application.ts';
import { freePort } from '../infra/stack/ports.ts';
import type { Server } from '../infra/stack/server.ts';
import { startStack, type Stack } from '../infra/stack/stack.ts';
import { type Codec, createCodec } from '../src/schemas/codec.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { topics } from '../src/schemas/topics.ts';
import type { Message } from './commands.ts';

export interface Stage {
  readonly stack: Stack;
  readonly codec: Codec;
  /** Another worker process, not started yet. */
  readonly worker: () => Promise<Server<'app'>>;
  /** Puts commands on the log, and says how many; `say` is told now and then. */
  readonly produce: (messages: Iterable<Message>, say: (count: number) => void) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The broker takes 64 KB a partition and request on this topic. */
const produceTogether = 2_000;

/** `roles` as in docs/configuration.md. */
export async function openStage(roles: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-bench-'));
  const stack = await startStack({ dataDir: join(folder, 'data') });
  const servers: { stop: () => Promise<void> }[] = [stack];
  // Ctrl-C leaves nothing behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll(servers).finally(() => process.exit(1)));
  }
  const places = {
    logDir: folder,
    runDir: folder,
    onDeath: (name: string, how: string, log: string): void => {
      if (how !== 'ended with code 0') throw new Error(`${name} ${how}; see ${log}`);
    },
  };
  process.env['ROLES'] = roles;
  await setUp({ urls: stack.urls, port: 0, places });
  const registry = connectRegistry(stack.urls.SCHEMA_REGISTRY_URL);
  const kafka = new Kafka({ brokers: stack.urls.KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();

  return {
    stack,
    codec: createCodec(await registry.lookUp(), registry),
    worker: async () => {
      const server = application({ urls: stack.urls, port: await freePort(), places });
      servers.unshift(server);
      return server;
    },
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
    close: async () => {
      await producer.disconnect();
      await stopAll(servers);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function stopAll(servers: readonly { stop: () => Promise<void> }[]): Promise<void> {
  for (const server of servers) await server.stop();
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

/** The most memory a process has had so far, in MB. */
export function peakMemory(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_000;
}

/** Time a process has had on a processor so far, in seconds. Linux counts it in hundredths. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function pidOf(server: Server<'app'>): number {
  if (server.pid === undefined) throw new Error('the worker does not run');
  return server.pid;
}
