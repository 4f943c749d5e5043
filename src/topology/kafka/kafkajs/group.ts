/**
 * How a member of a consumer group bears that a broker is lost (consumer/consumerGroup.js). In kafkajs one broker that does not
 * answer stops the fetching from all, a partition whose leader moves makes the whole group join anew, and a coordinator
 * that does not answer keeps every fetcher, ends the consumer, and lets it come back as a new member that has to wait for
 * its own former session. Here
 * - a fetch that fails asks who leads what, waits a moment, and is made again; the others go on;
 * - one that is not answered is given up when another broker leads what it is about;
 * - heartbeats are sent beside the fetches, to whoever coordinates the group, and only the coordinator's word makes the
 *   member join again;
 * - fetchers end with their consumer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { slowMillis } from '../firstAnswer.ts';
import { MovedError, unlessMoved } from '../moved.ts';
import { type ConsumerGroup, consumerGroups, events, type Partition, runners } from './internals.ts';
import { passes } from './passing.ts';

/** How soon what failed is asked again (ms). */
const againMillis = 250;
/** How long leaving may take (ms); without it the group waits for the end of the session. */
const leaveMillis = 3_000;
/** Heartbeats a session, as the library has it by default, until it says how often they are wanted. */
const beatsASession = 10;

interface Membership {
  readonly ended: AbortController;
  intervalMillis: number;
  /** Why the member has to join again, or give up. */
  refusal: Error | null;
}

const memberships = new WeakMap<ConsumerGroup, Membership>();
const stopping = new WeakSet<ConsumerGroup>();
/** When it was last asked who leads what has no leader. */
const askedAt = new WeakMap<ConsumerGroup, number>();

const { joinAndSync, leave, fetch, recoverFromFetch } = consumerGroups;
const { stop, handleBatch, fetch: fetchFor } = runners;

async function beat(group: ConsumerGroup, membership: Membership): Promise<void> {
  const { ended } = membership;
  const over = (): boolean => ended.signal.aborted;
  const { groupId, memberId, generationId, coordinator } = group;
  const payload = { groupId, memberId, groupGenerationId: generationId };
  for (let wait = membership.intervalMillis; ;) {
    await sleep(wait, undefined, { signal: ended.signal }).catch(() => undefined);
    if (over()) return;
    try {
      await coordinator?.heartbeat(payload);
      if (over()) return;
      group.instrumentationEmitter.emit(events.HEARTBEAT, payload);
      wait = membership.intervalMillis;
    } catch (error) {
      if (over()) return;
      if (!passes(error)) {
        membership.refusal = error as Error;
        return;
      }
      wait = againMillis;
    }
  }
}

function end(group: ConsumerGroup): void {
  memberships.get(group)?.ended.abort();
  memberships.delete(group);
}

consumerGroups.joinAndSync = async function () {
  end(this);
  for (;;) {
    try {
      await joinAndSync.call(this);
      break;
    } catch (error) {
      if (!passes(error) || stopping.has(this)) throw error;
      // A sign of life: this may take long.
      this.instrumentationEmitter.emit(events.REBALANCING, {
        groupId: this.groupId,
        memberId: this.memberId,
      });
      await this.cluster.refreshMetadata().catch(() => undefined);
      await sleep(againMillis);
    }
  }
  const membership: Membership = {
    ended: new AbortController(),
    intervalMillis: this.sessionTimeout / beatsASession,
    refusal: null,
  };
  memberships.set(this, membership);
  void beat(this, membership);
};

/** Fetchers call this again and again: they hear here that the member has to join again. */
consumerGroups.heartbeat = function ({ interval }) {
  const membership = memberships.get(this);
  if (!membership) return Promise.resolve();
  membership.intervalMillis = interval;
  return membership.refusal ? Promise.reject(membership.refusal) : Promise.resolve();
};

runners.stop = function () {
  stopping.add(this.consumerGroup);
  return stop.call(this);
};

consumerGroups.leave = async function () {
  end(this);
  const left = leave.call(this);
  left.catch(() => undefined);
  await Promise.race([left, sleep(leaveMillis, undefined, { ref: false })]);
};

consumerGroups.fetch = async function (nodeId) {
  const { offsetManager } = this;
  const membership = memberships.get(this);
  const before = placesOf(this, nodeId);
  lookForLeaders(this);
  const moved = async (): Promise<boolean> => {
    if (stopping.has(this) || membership?.refusal || membership !== memberships.get(this)) return true;
    await this.cluster.refreshMetadata();
    const now = placesOf(this, nodeId);
    return before.nodes !== now.nodes || [...before.led].some((place) => !now.led.has(place));
  };
  try {
    const batches = await unlessMoved(fetch.call(this, nodeId), moved, this.maxWaitTime + slowMillis);
    return offsetManager === this.offsetManager ? batches : [];
  } catch (error) {
    if (error instanceof MovedError) return [];
    throw error;
  }
};

/** Which of the member's partitions a broker leads, and which brokers there are. */
function placesOf(group: ConsumerGroup, nodeId: string) {
  return {
    nodes: [...group.cluster.getNodeIds()].sort().join(),
    led: new Set(ledBy(group, (leader) => String(leader) === nodeId)),
  };
}

/** Those of its partitions whose leader is such a node, as far as it is known. */
const ledBy = (group: ConsumerGroup, by: (leader: number) => boolean): string[] =>
  group.assigned().flatMap(({ topic, partitions }) =>
    leadersOf(group, topic)
      .filter(({ partitionId, leader }) => partitions.includes(partitionId) && by(leader))
      .map(({ partitionId }) => `${topic}-${partitionId}`),
  );

function leadersOf({ cluster }: ConsumerGroup, topic: string): readonly Partition[] {
  try {
    return cluster.findTopicPartitionMetadata(topic);
  } catch {
    return []; // nothing is known yet
  }
}

/** Nobody else asks: the brokers that are there answer as ever. */
function lookForLeaders(group: ConsumerGroup): void {
  const nodes = new Set(group.cluster.getNodeIds());
  if (Date.now() - (askedAt.get(group) ?? 0) < againMillis) return;
  if (ledBy(group, (leader) => !nodes.has(String(leader))).length === 0) return;
  askedAt.set(group, Date.now());
  group.cluster.refreshMetadata().catch(() => undefined);
}

consumerGroups.recoverFromFetch = async function (error) {
  if (!passes(error)) return recoverFromFetch.call(this, error);
  await this.cluster.refreshMetadata().catch(() => undefined);
  await sleep(againMillis);
};

/**
 * Fetchers are made anew when the brokers are others than before. Those that are made while the consumer stops were
 * stopped by nobody, and asked for ever, without a pause for anything else in the process.
 */
runners.fetch = function (nodeId) {
  if (this.running) return fetchFor.call(this, nodeId);
  void this.fetchManager.stop();
  return Promise.resolve([]);
};

/** What a former leader answers may come when the new one's answer was taken, and what was fetched, after a seek. */
runners.handleBatch = function (batch) {
  const { offsetManager, seekOffset } = this.consumerGroup;
  const { topic, partition, fetchedOffset } = batch;
  const isNext =
    offsetManager?.memberAssignment[topic]?.includes(partition) === true &&
    !seekOffset.has(topic, partition) &&
    offsetManager.nextOffset(topic, partition).toString() === fetchedOffset;
  return isNext ? handleBatch.call(this, batch) : Promise.resolve();
};
