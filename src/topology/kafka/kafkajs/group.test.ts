/** A member of a group when brokers are lost: the library's own, on a cluster that answers as a test says. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { AssignerProtocol } from 'kafkajs';
import { type ConsumerGroup, type Runner, runners } from './internals.ts';
import './repairs.ts';

const load = createRequire(import.meta.url);
const Group = load('kafkajs/src/consumer/consumerGroup') as new (options: object) => ConsumerGroup;

interface FetchManager {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
const createFetchManager = load('kafkajs/src/consumer/fetchManager') as (options: object) => FetchManager;

const topic = 'topic';
const silent = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [level, () => undefined]),
);
const logger = { ...silent, namespace: (): unknown => logger };

const fails = (name: string, type?: string): Error =>
  Object.assign(new Error(type ?? name), { name, retriable: true, ...(type !== undefined && { type }) });
const refused = (type: string): Error => fails('KafkaJSProtocolError', type);
const away = fails('KafkaJSConnectionError');
const never = new Promise<never>(() => undefined);

type Answer = (given: { readonly partitions: readonly number[] }) => Promise<unknown>;

interface Options {
  /** Of each partition; −1: nobody. */
  readonly leaders: number[];
  /** How a leader answers a fetch, unless with one record of each partition. */
  readonly fetch?: (node: number) => Promise<unknown> | undefined;
  readonly coordinator?: Partial<Record<'joinGroup' | 'heartbeat', () => Promise<unknown>>>;
  /** What a leader says of a log's beginning. */
  readonly beginning?: Answer;
  readonly sessionTimeout?: number;
}

function scene({ leaders, fetch, coordinator, beginning, sessionTimeout = 300 }: Options) {
  const events: string[] = [];
  const count = { joins: 0, refreshes: 0, beats: 0, offsets: 0 };
  const assignment = AssignerProtocol.MemberAssignment.encode({
    version: 0,
    assignment: { [topic]: leaders.map((_, partition) => partition) },
    userData: Buffer.alloc(0),
  });
  const joined = { generationId: 1, leaderId: 'another', memberId: 'me', members: [], groupProtocol: 'x' };
  const asked = {
    isConnected: () => true,
    leaveGroup: () => Promise.resolve(),
    joinGroup: async () => {
      count.joins += 1;
      await coordinator?.joinGroup?.();
      return joined;
    },
    syncGroup: () => Promise.resolve({ memberAssignment: assignment }),
    heartbeat: () => {
      count.beats += 1;
      return coordinator?.heartbeat?.() ?? Promise.resolve();
    },
    offsetFetch: ({ topics }: { readonly topics: readonly { partitions: { partition: number }[] }[] }) => {
      count.offsets += 1;
      const partitions = topics.flatMap((each) => each.partitions);
      return Promise.resolve({
        responses: [{ topic, partitions: partitions.map((each) => ({ ...each, offset: '-1' })) }],
      });
    },
  };
  const record = (partition: number) => ({
    partition,
    highWatermark: '1',
    abortedTransactions: [],
    messages: [{ offset: '0', isControlRecord: false }],
  });
  const committed = {};
  const cluster = {
    refreshMetadata: () => {
      count.refreshes += 1;
      return Promise.resolve();
    },
    refreshMetadataIfNecessary: () => Promise.resolve(),
    findGroupCoordinator: () => Promise.resolve(asked),
    getNodeIds: () => ['1', '2'],
    findTopicPartitionMetadata: () => leaders.map((leader, partitionId) => ({ partitionId, leader })),
    committedOffsets: () => committed,
    fetchTopicsOffset: async ([given]: readonly { readonly partitions: { partition: number }[] }[]) => {
      const partitions = (given?.partitions ?? []).map(({ partition }) => partition);
      await beginning?.({ partitions });
      return [{ topic, partitions: partitions.map((partition) => ({ partition, offset: '0' })) }];
    },
    findBroker: ({ nodeId }: { readonly nodeId: string }) =>
      Promise.resolve({
        fetch: ({ topics }: { readonly topics: readonly { partitions: { partition: number }[] }[] }) =>
          fetch?.(Number(nodeId)) ??
          Promise.resolve({
            responses: topics.map(({ partitions }) => ({
              topicName: topic,
              partitions: partitions.map(({ partition }) => record(partition)),
            })),
          }),
      }),
  };
  const group = new Group({
    cluster,
    logger,
    groupId: 'group',
    topics: [topic],
    topicConfigurations: { [topic]: { fromBeginning: true } },
    instrumentationEmitter: { emit: (event: string) => void events.push(event) },
    assigners: [],
    sessionTimeout,
    rebalanceTimeout: 1_000,
    maxWaitTimeInMs: 10,
    autoCommit: false,
    metadataMaxAge: 60_000,
    retry: { retries: 0 },
  });
  const partitionsOf = async (node: string): Promise<number[]> =>
    (await group.fetch(node)).map(({ partition }) => partition);
  return { group, count, events, leaders, partitionsOf };
}

async function within(millis: number, action: Promise<unknown>): Promise<void> {
  const started = performance.now();
  await action;
  expect(performance.now() - started).toBeLessThan(millis);
}

describe('a fetch', () => {
  const errors = [refused('NOT_LEADER_FOR_PARTITION'), away, fails('KafkaJSRequestTimeoutError')];
  it.each(errors.map((error) => [error.message, error] as const))(
    'that fails with %s is made again, and the member stays in its group',
    async (_, error) => {
      const { group, count, partitionsOf } = scene({
        leaders: [1, 2],
        fetch: (node) => (node === 1 ? Promise.reject(error) : undefined),
      });
      await group.joinAndSync();
      expect(await partitionsOf('1')).toEqual([]);
      expect(await partitionsOf('2')).toEqual([1]);
      expect([count.joins, count.refreshes > 0]).toEqual([1, true]);
      await group.leave();
    },
  );

  it('of a frozen leader is given up when another one leads', async () => {
    const { group, leaders, partitionsOf } = scene({
      leaders: [1, 2],
      fetch: (node) => (node === 1 ? never : undefined),
    });
    await group.joinAndSync();
    const frozen = within(5_000, partitionsOf('1'));
    await sleep(100);
    leaders[0] = 2;
    await frozen;
    expect(await partitionsOf('2')).toEqual([0, 1]);
    await group.leave();
  });

  it('finds the leader of a partition that had none', async () => {
    const { group, count, partitionsOf } = scene({ leaders: [-1, 2] });
    await group.joinAndSync();
    expect(await partitionsOf('2')).toEqual([1]);
    expect(count.refreshes).toBe(1);
    await group.leave();
  });

  it('does not wait for the beginning of a log whose leader is frozen', async () => {
    const { group, partitionsOf } = scene({
      leaders: [1, 2],
      beginning: ({ partitions }) => (partitions.includes(0) ? never : Promise.resolve()),
    });
    await group.joinAndSync();
    await within(3_000, partitionsOf('2'));
    await within(500, partitionsOf('2'));
    expect(await partitionsOf('2')).toEqual([1]);
    await group.leave();
  });

  it('of a place that was sought asks nobody where to begin', async () => {
    const { group, count, partitionsOf } = scene({ leaders: [1] });
    await group.joinAndSync();
    const { seek } = group as unknown as { readonly seek: (to: object) => void };
    seek.call(group, { topic, partition: 0, offset: '0' });
    expect(await partitionsOf('1')).toEqual([0]);
    expect(count.offsets).toBe(0);
    await group.leave();
  });

  it('whose place somebody else has read meanwhile is not handed over', async () => {
    const { group } = scene({ leaders: [1] });
    await group.joinAndSync();
    const [batch] = await group.fetch('1');
    if (!batch) throw new Error('there is a record');
    const handled: number[] = [];
    const runner = Object.assign(Object.create(runners) as Runner, {
      consumerGroup: group,
      running: true,
      instrumentationEmitter: { emit: () => undefined },
      eachBatchAutoResolve: true,
      autoCommit: false,
      heartbeatInterval: 1_000,
      eachBatch: () => {
        handled.push(batch.partition);
        return Promise.resolve();
      },
    });
    for (let n = 0; n < 2; n += 1) await runner.handleBatch(batch);
    expect(handled).toEqual([0]);
    await group.leave();
  });
});

it('fetchers that are made while their consumer stops end by themselves', async () => {
  let asked = 0;
  const manager = createFetchManager({
    logger,
    getNodeIds: () => {
      // Without a pause in between, nothing else could end this test.
      if ((asked += 1) > 1_000) throw new Error('asked for ever');
      return ['1', '2'];
    },
    fetch: (nodeId: string) => runner.fetch(nodeId),
    handler: () => Promise.resolve(),
  });
  const runner = Object.assign(Object.create(runners) as Runner, {
    consumerGroup: scene({ leaders: [1, 2] }).group,
    fetchManager: manager,
    running: false,
    logger,
  });
  await manager.start();
});

describe('a member', () => {
  it('goes on in its generation while the coordinator is away, and hears there that it has to join again', async () => {
    let answer: () => Promise<unknown> = () => Promise.reject(away);
    const { group, count, events } = scene({ leaders: [1], coordinator: { heartbeat: () => answer() } });
    await group.joinAndSync();
    await sleep(600);
    await group.heartbeat({ interval: 30 });
    expect(events).not.toContain('consumer.heartbeat');
    answer = () => Promise.reject(refused('NOT_COORDINATOR_FOR_GROUP'));
    await sleep(600);
    await group.heartbeat({ interval: 30 });
    answer = () => Promise.resolve();
    await sleep(600);
    expect(events).toContain('consumer.heartbeat');
    answer = () => Promise.reject(refused('REBALANCE_IN_PROGRESS'));
    await sleep(200);
    await expect(group.heartbeat({ interval: 30 })).rejects.toThrow('REBALANCE_IN_PROGRESS');
    const { beats } = count;
    await sleep(200);
    expect([count.joins, count.beats]).toEqual([1, beats]);
    await group.leave();
  });

  it('beats whatever becomes of fetches', async () => {
    const { group, events } = scene({ leaders: [1], fetch: () => never });
    await group.joinAndSync();
    const held = group.fetch('1');
    await sleep(300);
    expect(events.filter((each) => each === 'consumer.heartbeat').length).toBeGreaterThan(2);
    await group.leave();
    expect(await held).toEqual([]);
  });

  it('joins again as the same member when the coordinator goes away meanwhile', async () => {
    let left = 2;
    const { group, count } = scene({
      leaders: [1],
      coordinator: { joinGroup: () => (left-- > 0 ? Promise.reject(away) : Promise.resolve()) },
    });
    await group.joinAndSync();
    expect(count.joins).toBe(3);
    await group.leave();
  });
});
