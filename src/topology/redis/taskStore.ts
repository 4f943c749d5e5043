import type { Redis } from 'ioredis';
import type { CommitResult, StateChange, StateReader, TaskStore } from '../ports.ts';
import {
  beginScript,
  claimScript,
  commitScript,
  outboxScript,
  resetScript,
  restoreScript,
} from './scripts.ts';

/** The hash of a task; the braces keep all of a task in one slot of a Redis cluster. */
export const taskKey = (application: string, topic: string, partition: number): string =>
  `${application}:{${topic}-${partition}}`;

export interface TaskIdentity {
  /** The Kafka cluster whose offsets S is. */
  readonly cluster: string;
  readonly application: string;
  readonly topic: string;
  readonly partition: number;
}

const outboxField = (from: number): string => `outbox/${from}`;
/** Redis has the entry behind its `to:`, for the script that follows the entries. */
const outboxValue = (to: number, entry: Buffer): Buffer => Buffer.concat([Buffer.from(`${to}:`), entry]);
export const entryOf = (value: Buffer): Buffer => value.subarray(value.indexOf(':') + 1);
const number = (value: Buffer | string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value.toString());
const text = (value: Buffer | null | undefined): string | null => value?.toString() ?? null;

/** A task's state in one Redis hash. Rejects when Redis is away: whoever calls tries again. */
export function taskStore(redis: Redis, task: TaskIdentity): TaskStore {
  const key = taskKey(task.application, task.topic, task.partition);
  const call = (script: string, ...args: (string | number | Buffer)[]): Promise<unknown> =>
    redis.callBuffer('EVAL', script, 1, key, ...args);
  const succeeded = async (script: string, ...args: (string | number | Buffer)[]): Promise<boolean> =>
    word(await call(script, ...args)) !== 'FENCED';

  return {
    claim: async (epoch) => {
      const found = await call(claimScript, epoch, task.cluster, task.application);
      if (!Array.isArray(found)) return null;
      const [next, cluster, application] = found as (Buffer | null)[];
      return { next: number(next), cluster: text(cluster), application: text(application) };
    },
    get: async (keys) => (keys.length === 0 ? [] : redis.hmgetBuffer(key, ...keys)),
    commit: async (epoch, change) =>
      commitResult(word(await call(commitScript, epoch, ...commitArguments(change)))),
    outbox: async (from, to) => (await call(outboxScript, from, to)) as Buffer[] | null,
    reset: (epoch) => succeeded(resetScript, epoch, task.cluster, task.application),
    restore: async (epoch, values) =>
      values.length === 0 || succeeded(restoreScript, epoch, ...values.flat()),
    begin: (epoch, next, restored) => succeeded(beginScript, epoch, next, restored),
    look: async () => {
      const [next, epoch] = await redis.hmget(key, 'S', 'epoch');
      return { next: number(next), epoch: number(epoch) };
    },
    scan: (stores) => scan(redis, key, stores),
  };
}

const word = (reply: unknown): string => (Buffer.isBuffer(reply) ? reply.toString() : String(reply));

function commitArguments({
  from,
  to,
  values,
  entry,
  emitted,
  replies,
}: StateChange): (string | number | Buffer)[] {
  const puts = [...values, [outboxField(from), outboxValue(to, entry)] as const];
  return [
    from,
    to,
    puts.length,
    emitted.length,
    replies.length,
    ...puts.flat(),
    ...emitted.map(outboxField),
    ...replies.flatMap(({ channel, message }) => [channel, message]),
  ];
}

function commitResult(reply: string): CommitResult {
  switch (reply) {
    case 'APPLIED':
      return { kind: 'applied' };
    case 'ALREADY':
      return { kind: 'already' };
    case 'FENCED':
      return { kind: 'fenced' };
    default: {
      const next = reply.slice('MOVED'.length);
      return { kind: 'moved', next: next === '' ? null : Number(next) };
    }
  }
}

/** A pattern cannot name several stores: theirs is of the first letters, which leaves out most of what is not asked for. */
async function* scan(
  redis: Redis,
  key: string,
  stores: readonly string[],
): AsyncGenerator<(readonly [string, Buffer])[]> {
  const pattern = `[${stores.map((store) => store.charAt(0)).join('')}]*`;
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscanBuffer(key, cursor, 'MATCH', pattern, 'COUNT', 1_000);
    cursor = next.toString();
    const chunk: (readonly [string, Buffer])[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [field, value] = [flat[i], flat[i + 1]];
      if (!field || !value) continue;
      const name = field.toString();
      if (stores.some((store) => name.startsWith(`${store}/`))) chunk.push([name, value]);
    }
    yield chunk;
  } while (cursor !== '0');
}

/** Reads tasks' states from outside: S and the values in one command, hence of one moment. */
export const stateReader = (redis: Redis, application: string, topic: string): StateReader => ({
  read: async (partition, keys) => {
    const [next, ...values] = await redis.hmgetBuffer(taskKey(application, topic, partition), 'S', ...keys);
    return { next: next ? Number(next.toString()) : null, values };
  },
});
