/** The broker in memory, as the cases want one. */
import { seededRandom } from '../random.ts';
import { directLink, type Link, LinkError } from '../simulation/link.ts';
import { memoryKafka, type MemoryKafka } from '../simulation/memoryKafka.ts';
import type { Begun, Broker, Cuttable, WithBroker } from './broker.ts';

const maxValueBytes = 1024 * 1024;

/** Operations of the links, by what they carry. */
const operations = { records: ['append', 'produce'], 'end of transaction': ['end transaction'] } as const;

/** `seed`: what the broker chooses by chance, as the sizes of batches. */
export const withMemoryBroker =
  (seed: number): WithBroker =>
  async (callback) => {
    const [topic, other] = ['topic', 'other'] as const;
    const kafka = memoryKafka({
      topics: [topic, other],
      partitions: 2,
      random: seededRandom(seed),
      heartbeatMillis: 20,
      maxValueBytes,
    });
    const sources: ReturnType<Broker['source']>[] = [];
    let hold: ((release: () => void) => void) | null = null;
    const link: Link = {
      ...directLink,
      call: async (operation, effect) => {
        const answer = await directLink.call(operation, effect);
        const held = operation === 'heartbeat' ? hold : null;
        hold = held ? null : hold;
        if (held) await new Promise<void>((release) => held(release));
        return answer;
      },
    };
    await callback({
      topic,
      other,
      maxValueBytes,
      transactions: (id) => kafka.transactions(directLink, id),
      begin: (id, records) => begin(kafka, id, records),
      append: kafka.appender(directLink).append,
      cuttable: () => Promise.resolve(cuttable(kafka)),
      changelogReader: () => Promise.resolve(kafka.changelogReader(directLink, topic)),
      logRange: kafka.logRange(directLink),
      source: () => {
        const source = kafka.source(link, topic, 'group', `member-${sources.length}`);
        sources.push(source);
        return source;
      },
      holdHeartbeat: () => new Promise((resolve) => (hold = resolve)),
      expel: () => {
        const group = kafka.groupOf(topic, 'group');
        for (const member of group.assignment().keys()) group.leave(member);
        return Promise.resolve();
      },
      truncate: (before) => {
        kafka.logOf(topic, 0).truncate(before);
        return Promise.resolve();
      },
      compact: async () => {
        await new Promise((resolve) => kafka.logOf(topic, 0).onChange(() => resolve(undefined)));
        kafka.logOf(topic, 0).compact(0);
      },
    });
    for (const source of sources) await source.stop();
  };

/** Gets as far as the end of the transaction, which is held back. */
async function begin(kafka: MemoryKafka, ...[id, records]: Parameters<Broker['begin']>): Promise<Begun> {
  const reached = Promise.withResolvers<undefined>();
  const decided = Promise.withResolvers<undefined>();
  const link: Link = {
    ...directLink,
    call: async (operation, effect) => {
      if (operation === 'end transaction') {
        reached.resolve(undefined);
        await decided.promise;
      }
      return directLink.call(operation, effect);
    },
  };
  const ended = kafka.transactions(link, id).commit(records);
  await Promise.race([reached.promise, ended]);
  return {
    commit: async () => {
      decided.resolve(undefined);
      await ended;
    },
    abort: async () => {
      decided.reject(new Error('the client gives up'));
      await ended.catch(() => undefined);
    },
  };
}

function cuttable(kafka: MemoryKafka): Cuttable {
  let away = false;
  let lost: Parameters<Cuttable['lose']> | null = null;
  const link: Link = {
    ...directLink,
    call: async (operation, effect) => {
      if (away) throw new LinkError(operation, false);
      const [what, of] = lost ?? [];
      if (!of || !operations[of].some((each) => each === operation))
        return directLink.call(operation, effect);
      lost = null;
      if (what === 'answer') await directLink.call(operation, effect);
      throw new LinkError(operation, what === 'answer');
    },
  };
  return {
    appender: kafka.appender(link),
    transactions: (id) => kafka.transactions(link, id),
    lose: (...given) => void (lost = given),
    setAway: (now) => void (away = now),
  };
}
