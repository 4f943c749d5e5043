/**
 * Web Push of one partition of the notifications: reads on while messages are sent, and commits the group's offset once
 * everything before it is done with. So a process that is killed leaves nothing untold, and what its successor tells
 * again takes the place of what was told on the phone.
 */
import type { Notification } from '../processors/notifications.ts';
import type { Codec, Decoded } from '../schemas/codec.ts';
import { decodeLearning, RegistryAwayError } from '../schemas/learning.ts';
import type { Bounds } from '../topology/bounds.ts';
import { type Clock, wakeup } from '../topology/clock.ts';
import { intake } from '../topology/intake.ts';
import type { TaskState } from '../topology/metrics.ts';
import type { InputRecord, LogRange, PartitionSource } from '../topology/ports.ts';
import type { Task } from '../topology/task.ts';
import type { Deliver } from './deliveries.ts';
import { isPushed } from './messages.ts';
import type { PushMetrics } from './metrics.ts';
import type { Subscriptions } from './subscriptions.ts';

const backoffMillis = { first: 200, most: 5_000 };
/** Notifications of a partition that are being told; beyond this it is not read on. */
const mostAtOnce = 1_000;

export interface ConsumerDeps {
  readonly partition: number;
  readonly source: Pick<PartitionSource, 'pause' | 'resume' | 'commit'>;
  readonly logRange: (partition: number) => Promise<LogRange>;
  /** What the group has committed; null: nothing, or it was too long ago. */
  readonly committed: (partition: number) => Promise<number | null>;
  /** The first offset that may still be worth telling. */
  readonly useful: (partition: number) => Promise<number>;
  readonly subscriptions: Pick<Subscriptions, 'of'>;
  readonly deliver: Deliver;
  readonly codec: Pick<Codec, 'decode' | 'learn'>;
  readonly clock: Clock;
  readonly bounds: () => Bounds['fetched'];
  readonly metrics: Pick<PushMetrics, 'state' | 'failure' | 'gone'>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
}

/** Runs until it is closed; what cannot be asked now is asked again. */
export function startConsumer(deps: ConsumerDeps): Task {
  const { partition, source, clock, codec, metrics, log } = deps;
  const closing = new AbortController();
  const input = intake(source, partition, deps.bounds);
  const changed = wakeup();
  let state: TaskState = 'taking over';
  let open = false;
  /** The next offset to be told; null: nobody has asked where to begin. */
  let at: number | null = null;
  let wait = backoffMillis.first;
  let underWay = 0;
  /** Whether everything that was read so far is done with. */
  let soFar = Promise.resolve(true);

  const become = (now: TaskState): void => {
    state = now;
    metrics.state(partition, now);
  };

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        become('taking over');
        at ??= await position();
        become('running');
        open = true;
        input.restart(at);
        await follow();
      } catch (error) {
        metrics.failure(nameOf(error));
        log('warn', 'Web Push of a partition waits and tries again', { partition, err: error });
        become('backing off');
      } finally {
        open = false;
        input.stop();
      }
      await clock.sleep(wait, closing.signal);
      wait = Math.min(2 * wait, backoffMillis.most);
    }
  }

  async function position(): Promise<number> {
    const [range, committed] = await Promise.all([deps.logRange(partition), deps.committed(partition)]);
    // An offset beyond the end is of another log.
    const known = committed !== null && committed <= range.end ? committed : await deps.useful(partition);
    return Math.max(range.start, known);
  }

  async function follow(): Promise<void> {
    for (;;) {
      await changed.until(() => !input.isEmpty() && underWay < mostAtOnce, closing.signal);
      if (closing.signal.aborted) return;
      const records = input.take();
      const last = records.at(-1);
      if (!last) continue;
      const told = (await Promise.all(records.map(read))).filter((each) => each !== null);
      const next = last.offset + 1;
      await tell(
        told.filter(({ recipient }) => recipient === 'CUSTOMER'),
        next,
      );
      at = next;
      wait = backoffMillis.first;
    }
  }

  async function tell(told: readonly Notification[], next: number): Promise<void> {
    const asked = told.filter(isPushed);
    const found = await deps.subscriptions.of(asked.map(({ waitingId }) => waitingId));
    const to = new Map(asked.map((each, index) => [each, found[index] ?? []]));
    const deliveries = told.map(async (each) => {
      underWay += 1;
      const done = await deps.deliver(each, to.get(each) ?? [], closing.signal);
      underWay -= 1;
      changed.wake();
      return done;
    });
    soFar = settle(soFar, deliveries, next);
  }

  async function settle(
    before: Promise<boolean>,
    deliveries: readonly Promise<boolean>[],
    next: number,
  ): Promise<boolean> {
    const done = (await Promise.all([before, ...deliveries])).every(Boolean);
    if (done) source.commit(partition, next);
    return done;
  }

  /** null: nobody can read it. Rejects while the registry, which could help, is away. */
  async function read(record: InputRecord): Promise<Notification | null> {
    try {
      return notificationIn(await decodeLearning(codec, record.value));
    } catch (error) {
      if (error instanceof RegistryAwayError) throw error;
      const { topic, offset } = record;
      metrics.failure('UnreadableRecord');
      log('error', 'a notification cannot be read, and is not pushed', {
        topic,
        partition,
        offset,
        err: error,
      });
      return null;
    }
  }

  const ended = live();
  return {
    offer: (records, end) => {
      if (!open) return;
      input.offer(records, end);
      changed.wake();
    },
    reassigned: () => {
      if (open) input.reassigned();
    },
    state: () => state,
    close: async () => {
      closing.abort();
      await ended;
      await soFar;
      metrics.gone(partition);
    },
  };
}

function notificationIn({ name, value }: Decoded): Notification {
  if (name !== 'Notification') throw new Error(`a ${name} is no notification`);
  return value;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');
