/**
 * Before each fetch kafkajs asks the coordinator, and then the leaders, where to begin with partitions that it knows no
 * offset of (`resolveOffsets`, consumer/offsetManager): one leader that is away, or frozen, keeps all fetches waiting, from
 * every broker. Here a partition that was sought needs no such answer, the leaders are asked one by one, and nobody waits
 * for them longer than a moment: a partition is fetched once its offset is known.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isInvalidOffset, type OffsetManager, offsetManagers, type TopicOffsets } from './internals.ts';
import { passes } from './passing.ts';

/** How long a fetch waits for offsets, and how soon they are asked for again (ms). */
const waitMillis = 1_000;

interface Asking {
  readonly since: number;
  done: boolean;
  readonly answered: Promise<void>;
}
const asking = new WeakMap<OffsetManager, Asking>();

offsetManagers.resolveOffsets = async function () {
  const known = this.committedOffsets();
  const pending = this.topics.map((topic) => ({
    topic,
    partitions: (this.memberAssignment[topic] ?? []).filter((partition) => {
      const sought = this.autoCommit ? undefined : this.resolvedOffsets[topic]?.[partition];
      const committed = known[topic];
      if (committed && sought !== undefined && isInvalidOffset(committed[partition]))
        committed[partition] = sought;
      return isInvalidOffset(committed?.[partition]);
    }),
  }));
  const wanted = pending.filter(({ partitions }) => partitions.length > 0);
  if (wanted.length === 0) return;
  let under = asking.get(this);
  if (!under || (under.done && Date.now() - under.since > waitMillis)) {
    const started: Asking = {
      since: Date.now(),
      done: false,
      answered: resolve(this, wanted).finally(() => void (started.done = true)),
    };
    asking.set(this, (under = started));
  }
  const left = under.since + waitMillis - Date.now();
  if (under.done || left <= 0) {
    // Who asked hears of what does not pass by itself; all others go on with what is known.
    under.answered.catch(() => undefined);
    return;
  }
  await Promise.race([under.answered, sleep(left)]);
};

type Places = readonly { readonly topic: string; readonly partitions: readonly number[] }[];

async function resolve(manager: OffsetManager, wanted: Places): Promise<void> {
  const coordinator = await manager.getCoordinator();
  const { responses } = await coordinator.offsetFetch({
    groupId: manager.groupId,
    topics: wanted.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition })),
    })),
  });
  const committed = flat(responses);
  for (const each of committed) note(manager, each);
  const none = committed.filter(({ offset }) => isInvalidOffset(offset));
  await Promise.all(none.map((each) => ends(manager, each.topic, each.partition)));
}

async function ends(manager: OffsetManager, topic: string, partition: number): Promise<void> {
  const from = { topic, partitions: [{ partition }], ...manager.topicConfigurations[topic] };
  try {
    for (const each of flat(await manager.cluster.fetchTopicsOffset([from]))) note(manager, each);
  } catch (error) {
    if (!passes(error)) throw error;
  }
}

const flat = (topics: readonly TopicOffsets[]) =>
  topics.flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each })));

type Place = ReturnType<typeof flat>[number];

/** Of a place that was sought meanwhile nothing else counts. */
function note(manager: OffsetManager, { topic, partition, offset }: Place): void {
  const known = manager.committedOffsets()[topic];
  if (known && !isInvalidOffset(offset) && isInvalidOffset(known[partition])) known[partition] = offset;
}
