/** The Kafka Streams application on a broker of its own, as the product's scenarios measure the product. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../infra/stack/stack.ts';
import type { Pace } from '../pacedCommands.ts';
import { owned } from '../owned.ts';
import { peakMemory, processorSeconds } from '../usage.ts';
import { buildPeers } from './build.ts';
import { type Part, type Process, startPart } from './parts.ts';

export interface Variant {
  /** Whether the store has Kafka Streams' record cache. */
  readonly cached: boolean;
  /** Between commits; as Kafka Streams comes under exactly once (100 ms) when not given. */
  readonly commitMillis?: number;
}

export interface PeerBacklog {
  /** Commands a second. */
  readonly throughput: number;
  /** Processor time a command (µs), from the first command on. */
  readonly micros: number;
  /** MB. */
  readonly memory: number;
}

/** In milliseconds. */
export interface PeerPaced {
  readonly p50: number;
  readonly p99: number;
  /** By how much the generator was late at most. */
  readonly late: number;
}

interface Setting {
  readonly start: (part: Part, ...args: readonly string[]) => Process;
  readonly worker: (variant: Variant) => Process;
}

/** A backlog of so many commands on the log, then the application. Rejects when an output is missing or there twice. */
export const peerBacklog = (variant: Variant, commands: number): Promise<PeerBacklog> =>
  withSetting(async ({ start, worker }) => {
    const load = start('load', String(commands), '0', '0');
    const sent = Number((await load.says('SENT'))[0]);
    await load.ended;
    const replies = start('replies', String(sent), '0');
    await replies.says('READY');
    const peer = worker(variant);
    const [began] = await peer.says('FIRST');
    const used = processorSeconds(peer.pid);
    const found = await repliesOf(replies, sent);
    const micros = ((processorSeconds(peer.pid) - used) / sent) * 1e6;
    const memory = peakMemory(peer.pid);
    await peer.stop();
    await checkOutputs(start('outputs'), sent);
    return { throughput: (1_000 * sent) / (found.last - Number(began)), micros, memory };
  });

/** The application, then commands at that pace. Rejects when an output is missing or there twice. */
export const peerPaced = (variant: Variant, { rate, seconds, warmUp }: Pace): Promise<PeerPaced> =>
  withSetting(async ({ start, worker }) => {
    const commands = 100 * Math.ceil((rate * (seconds + warmUp)) / 100);
    const peer = worker(variant);
    const replies = start('replies', String(commands), String(warmUp));
    await Promise.all([replies.says('READY'), peer.says('RUNNING')]);
    const load = start('load', String(commands), String(rate), String(warmUp));
    const [, late] = await load.says('SENT');
    const { p50, p99 } = await repliesOf(replies, commands);
    await peer.stop();
    await checkOutputs(start('outputs'), commands);
    return { p50, p99, late: Number(late) };
  });

/** A broker of its own, with the topics. */
async function withSetting<T>(measure: (setting: Setting) => Promise<T>): Promise<T> {
  const classPath = await buildPeers();
  const folder = mkdtempSync(join(tmpdir(), 'waiting-peer-'));
  const { owns, stopAll } = owned();
  try {
    const stack = owns(await startStack({ dataDir: join(folder, 'data'), only: ['kafka'] }));
    const start: Setting['start'] = (part, ...args) =>
      owns(startPart(classPath, part, stack.urls.KAFKA_BROKERS, ...args));
    await start('topics').ended;
    return await measure({
      start,
      worker: ({ cached, commitMillis }) =>
        start(
          'worker',
          join(folder, 'state'),
          cached ? 'cached' : 'uncached',
          ...(commitMillis === undefined ? [] : [String(commitMillis)]),
        ),
    });
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Found {
  /** When the last reply was read (ms). */
  readonly last: number;
  readonly p50: number;
  readonly p99: number;
}

async function repliesOf(replies: Process, commands: number): Promise<Found> {
  const line = (await replies.says('REPLIES')).map(Number);
  const [told, distinct, accepted, last = 0, p50 = 0, p99 = 0] = line;
  if ([told, distinct, accepted].some((count) => count !== commands))
    throw new Error(
      `of ${commands} commands the peer told ${told} outcomes, ${distinct} distinct, ${accepted} accepted`,
    );
  return { last, p50, p99 };
}

/** An event, two notifications, a reply a command, and a timer a call, a fifth of them. */
async function checkOutputs(outputs: Process, commands: number): Promise<void> {
  const found = (await outputs.says('OUTPUTS')).join(' ');
  const expected = [commands, 2 * commands, commands / 5, commands].join(' ');
  if (found !== expected) throw new Error(`the peer's outputs are ${found}, and not ${expected}`);
}
