/** The parts of the Kafka Streams application as processes that say, a line each, how far they are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CannotStart } from '../../infra/stack/cannotStart.ts';
import { findJava } from '../../infra/stack/machine.ts';

export type Part = 'topics' | 'worker' | 'load' | 'replies' | 'outputs';

export interface Process {
  readonly pid: number;
  /** What stands behind this word on the line that begins with it. Rejects when the process ends without it. */
  readonly says: (word: string) => Promise<readonly string[]>;
  /** Asks it to end, and waits. */
  readonly stop: () => Promise<void>;
  /** Resolves when it has ended by itself; rejects when it failed. */
  readonly ended: Promise<void>;
}

/** A heap as the load of the bench needs it; the worker's is as large as the product's memory may be. */
const heap: Readonly<Record<Part, string>> = {
  topics: '64m',
  worker: '512m',
  load: '256m',
  replies: '256m',
  outputs: '256m',
};
/** Kafka Streams closes in order within 15 s. */
const patienceMillis = 20_000;

/** Starts a part. Throws CannotStart without a Java. */
export function startPart(
  classPath: string,
  part: Part,
  brokers: string,
  ...args: readonly string[]
): Process {
  const java = findJava();
  if (!java) throw new CannotStart('Java 17 or later is needed for the Kafka Streams application');
  const options = [`-Xmx${heap[part]}`, '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath];
  const child = spawn(java.file, [...options, 'peers.Main', part, brokers, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  if (child.pid === undefined) throw new CannotStart(`${java.file} could not be started`);
  const said = new Map<string, PromiseWithResolvers<readonly string[]>>();
  const word = (first: string): PromiseWithResolvers<readonly string[]> => {
    const known = said.get(first) ?? Promise.withResolvers<readonly string[]>();
    said.set(first, known);
    return known;
  };
  createInterface(child.stdout).on('line', (line) => {
    const [first = '', ...rest] = line.split(' ');
    word(first).resolve(rest);
  });
  const ended = once(child, 'close').then(() => {
    for (const [first, waiting] of said)
      waiting.reject(new Error(`the peer's ${part} ended without saying ${first}`));
    if (child.exitCode !== 0 && child.signalCode === null)
      throw new Error(`the peer's ${part} ended with code ${child.exitCode ?? 'unknown'}`);
  });
  // Whoever waits for it hears of it.
  ended.catch(() => undefined);
  return { pid: child.pid, says: (first) => word(first).promise, stop: () => stop(child), ended };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), patienceMillis);
  await end;
  clearTimeout(impatience);
}
