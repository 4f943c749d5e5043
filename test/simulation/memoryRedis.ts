/** Redis in memory: the hashes of tasks with what the scripts do to them, channels, and copies of older moments. */
import type {
  CommitResult,
  ReplyChannel,
  StateChange,
  StateReader,
  TaskStore,
} from '../../src/topology/ports.ts';
import { type TaskIdentity, taskKey } from '../../src/topology/redis/taskStore.ts';
import type { Link } from './link.ts';

type Hash = Map<string, Buffer>;

/** A write as it took effect. */
export interface Write {
  readonly key: string;
  readonly kind: 'claim' | 'commit' | 'reset' | 'restore' | 'begin';
  readonly epoch: number;
  /** S before and after. */
  readonly before: number | null;
  readonly after: number | null;
}

export interface RedisOptions {
  readonly random?: () => number;
  readonly written?: (write: Write) => void;
  readonly refused?: (how: 'claim' | Exclude<CommitResult['kind'], 'applied'>) => void;
  /** For showing that the checks matter: a script without one of them. */
  readonly without?: 'epoch check' | 'S check';
}

/** Everything as it was at one moment. */
type Copy = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

export interface MemoryRedis {
  readonly taskStore: (link: Link, task: TaskIdentity) => TaskStore;
  readonly stateReader: (link: Link, application: string, topic: string) => StateReader;
  /** A subscription; `end` takes it away. */
  readonly channel: (link: Link, name: string) => ReplyChannel & { readonly end: () => void };
  /** A task's fields as they are. */
  readonly hash: (key: string) => ReadonlyMap<string, Buffer>;
  readonly copy: () => Copy;
  readonly restoreCopy: (copy: Copy) => void;
  readonly wipe: () => void;
  /** Subscriptions were lost and are back. */
  readonly reconnect: () => void;
}

interface Subscription {
  readonly link: Link;
  readonly name: string;
  onMessage: (message: Buffer) => void;
  onReconnect: () => void;
}

const outboxField = (from: number): string => `outbox/${from}`;
const number = (value: Buffer | undefined): number | null => (value === undefined ? null : Number(value));
const bytes = (value: string | number): Buffer => Buffer.from(String(value));

export function memoryRedis(options: RedisOptions = {}): MemoryRedis {
  const { random = () => 0.5, without } = options;
  let hashes = new Map<string, Hash>();
  const subscriptions = new Set<Subscription>();

  function hashOf(key: string): Hash {
    const hash = hashes.get(key) ?? new Map<string, Buffer>();
    hashes.set(key, hash);
    return hash;
  }

  function publish(channel: string, message: Buffer): void {
    for (const each of subscriptions) {
      if (each.name === channel) each.link.tell('message', () => each.onMessage(message));
    }
  }

  function refuse(result: CommitResult): CommitResult {
    if (result.kind !== 'applied') options.refused?.(result.kind);
    return result;
  }

  /** The scripts of one task, each without anything in between. */
  function scripts({ cluster, application, topic, partition }: TaskIdentity) {
    const key = taskKey(application, topic, partition);
    const fenced = (hash: Hash, epoch: number): boolean =>
      without !== 'epoch check' && number(hash.get('epoch')) !== epoch;

    function writing<T>(kind: Write['kind'], epoch: number, script: (hash: Hash) => T): T {
      const before = number(hashOf(key).get('S'));
      const result = script(hashOf(key));
      const after = number(hashOf(key).get('S'));
      if (hashOf(key).size === 0) hashes.delete(key);
      if (result !== null && result !== false) options.written?.({ key, kind, epoch, before, after });
      return result;
    }

    return {
      claim: (epoch: number) =>
        writing('claim', epoch, (hash) => {
          const found = {
            next: number(hash.get('S')),
            cluster: hash.get('cluster')?.toString() ?? null,
            application: hash.get('application')?.toString() ?? null,
          };
          const ours =
            (found.cluster === null || found.cluster === cluster) &&
            (found.application === null || found.application === application);
          const there = number(hash.get('epoch')) ?? -1;
          if (ours && there > epoch && without !== 'epoch check') {
            options.refused?.('claim');
            return null;
          }
          hash.set('epoch', bytes(epoch));
          return found;
        }),
      commit: (epoch: number, change: StateChange): CommitResult => {
        const hash = hashOf(key);
        const next = number(hash.get('S'));
        if (fenced(hash, epoch)) return refuse({ kind: 'fenced' });
        if (next === change.to) return refuse({ kind: 'already' });
        if (next !== change.from && without !== 'S check') return refuse({ kind: 'moved', next });
        return writing('commit', epoch, () => {
          for (const [field, value] of change.values) hash.set(field, value);
          hash.set(outboxField(change.from), Buffer.concat([bytes(`${change.to}:`), change.entry]));
          for (const from of change.emitted) hash.delete(outboxField(from));
          hash.set('S', bytes(change.to));
          for (const { channel, message } of change.replies) publish(channel, message);
          return { kind: 'applied' };
        });
      },
      reset: (epoch: number) =>
        writing('reset', epoch, (hash) => {
          if (fenced(hash, epoch)) return false;
          hash.clear();
          hash.set('epoch', bytes(epoch));
          hash.set('cluster', bytes(cluster));
          hash.set('application', bytes(application));
          hash.set('restored', bytes(0));
          return true;
        }),
      restore: (epoch: number, values: readonly (readonly [string, Buffer])[]) =>
        writing('restore', epoch, (hash) => {
          const restored = number(hash.get('restored'));
          if (fenced(hash, epoch) || restored === null) return false;
          for (const [field, value] of values) hash.set(field, value);
          hash.set('restored', bytes(restored + values.length));
          return true;
        }),
      begin: (epoch: number, next: number, restored: number) =>
        writing('begin', epoch, (hash) => {
          if (fenced(hash, epoch) || number(hash.get('restored')) !== restored) return false;
          hash.delete('restored');
          hash.set('S', bytes(next));
          return true;
        }),
      outbox: (from: number, to: number): Buffer[] | null => {
        const entries: Buffer[] = [];
        for (let at = from; at !== to;) {
          const entry = hashOf(key).get(outboxField(at));
          if (!entry) return null;
          const colon = entry.indexOf(':');
          at = Number(entry.subarray(0, colon));
          entries.push(entry.subarray(colon + 1));
        }
        return entries;
      },
      get: (keys: readonly string[]) => keys.map((field) => hashes.get(key)?.get(field) ?? null),
      look: () => ({ next: number(hashes.get(key)?.get('S')), epoch: number(hashes.get(key)?.get('epoch')) }),
      fields: (stores: readonly string[]) =>
        [...(hashes.get(key)?.keys() ?? [])].filter((field) =>
          stores.some((store) => field.startsWith(`${store}/`)),
        ),
    };
  }

  return {
    taskStore: (link, task) => {
      const script = scripts(task);
      return {
        claim: (epoch) => link.call('claim', () => script.claim(epoch)),
        get: (keys) => (keys.length === 0 ? Promise.resolve([]) : link.call('get', () => script.get(keys))),
        commit: (epoch, change) => link.call('commit', () => script.commit(epoch, change)),
        outbox: (from, to) => link.call('outbox', () => script.outbox(from, to)),
        reset: (epoch) => link.call('reset', () => script.reset(epoch)),
        restore: (epoch, values) =>
          values.length === 0
            ? Promise.resolve(true)
            : link.call('restore', () => script.restore(epoch, values)),
        begin: (epoch, next, restored) => link.call('begin', () => script.begin(epoch, next, restored)),
        look: () => link.call('look', script.look),
        scan: (stores) => scan(link, script, stores, random),
      };
    },
    stateReader: (link, application, topic) => ({
      read: (partition, keys) =>
        link.call('read state', () => {
          const hash = hashes.get(taskKey(application, topic, partition));
          return { next: number(hash?.get('S')), values: keys.map((key) => hash?.get(key) ?? null) };
        }),
    }),
    channel: (link, name) => {
      const subscription: Subscription = {
        link,
        name,
        onMessage: () => undefined,
        onReconnect: () => undefined,
      };
      subscriptions.add(subscription);
      return {
        name,
        onMessage: (handler) => void (subscription.onMessage = handler),
        onReconnect: (handler) => void (subscription.onReconnect = handler),
        end: () => void subscriptions.delete(subscription),
      };
    },
    hash: (key) => hashes.get(key) ?? new Map<string, Buffer>(),
    copy: () => copyOf(hashes),
    restoreCopy: (copy) => {
      hashes = copyOf(copy);
    },
    wipe: () => {
      hashes = new Map();
    },
    reconnect: () => {
      for (const each of subscriptions) each.link.tell('reconnect', () => each.onReconnect());
    },
  };
}

const copyOf = (hashes: Copy): Map<string, Hash> =>
  new Map([...hashes].map(([key, hash]) => [key, new Map(hash)]));

/** What is there all the time comes once; what comes or goes meanwhile may be told or not. */
async function* scan(
  link: Link,
  script: {
    fields: (stores: readonly string[]) => string[];
    get: (keys: readonly string[]) => (Buffer | null)[];
  },
  stores: readonly string[],
  random: () => number,
): AsyncGenerator<(readonly [string, Buffer])[]> {
  const all = await link.call('scan', () => script.fields(stores));
  const size = 1 + Math.floor(random() * 2 * all.length);
  for (let at = 0; at === 0 || at < all.length; at += size) {
    const fields = all.slice(at, at + size);
    const values = await link.call('scan', () => script.get(fields));
    yield fields.flatMap((field, i) => {
      const value = values[i];
      return value ? [[field, value] as const] : [];
    });
  }
}
