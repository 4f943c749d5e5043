import type { Timeline } from './link.ts';

/** What the coordinator answers to a member that has to join again. */
export class RejoinError extends Error {
  override readonly name = 'RejoinError';
}

/** One consumer group on one topic, as its coordinator keeps it. */
export interface ConsumerGroup {
  /** Takes part in the rebalance that this begins. `joined` is called once all members have, or were given up. */
  readonly join: (member: string, joined: (generation: number) => void) => void;
  /** What the member has in the generation. Throws RejoinError when the group has gone on since. */
  readonly sync: (member: string, generation: number) => readonly number[];
  /** Throws RejoinError when the group has gone on without the member, or waits for it. */
  readonly heartbeat: (member: string, generation: number) => void;
  readonly leave: (member: string) => void;
  readonly commit: (partition: number, next: number) => void;
  readonly committed: (partition: number) => number | null;
  /** Begins a rebalance though nothing has changed. */
  readonly rebalance: () => void;
  /** Who has which partition, by the last assignment. */
  readonly assignment: () => ReadonlyMap<string, readonly number[]>;
}

export interface GroupOptions {
  readonly timeline: Timeline;
  readonly partitions: number;
  readonly isUp: () => boolean;
  readonly sessionMillis: number;
  /** How long a rebalance waits for members that do not join again. */
  readonly rebalanceMillis: number;
  /** The order in which members are given partitions in turn. */
  readonly order: (members: readonly string[]) => readonly string[];
}

interface Member {
  seenAt: number;
  /** null: it has to join. */
  joined: ((generation: number) => void) | null;
  partitions: readonly number[];
}

export function consumerGroup(options: GroupOptions): ConsumerGroup {
  const { timeline, isUp, sessionMillis } = options;
  const members = new Map<string, Member>();
  const offsets = new Map<number, number>();
  let generation = 0;
  let state: 'stable' | 'preparing' = 'stable';

  function prepare(): void {
    for (const member of members.values()) member.joined = null;
    if (state === 'preparing') return;
    state = 'preparing';
    const begun = generation;
    timeline.after(options.rebalanceMillis, () => {
      if (state !== 'preparing' || generation !== begun) return;
      for (const [id, { joined }] of members) if (!joined) members.delete(id);
      completeIfJoined();
    });
  }

  function completeIfJoined(): void {
    if (state !== 'preparing' || [...members.values()].some(({ joined }) => !joined)) return;
    state = 'stable';
    generation += 1;
    const turns = options.order([...members.keys()].sort());
    for (const [id, member] of members) {
      const turn = turns.indexOf(id);
      member.partitions = Array.from({ length: options.partitions }, (_, n) => n).filter(
        (n) => n % turns.length === turn,
      );
      member.joined?.(generation);
    }
  }

  /** A member that is not heard of for a session is given up; a broker that was away itself gives it another one. */
  function watch(id: string, member: Member): void {
    timeline.after(member.seenAt + sessionMillis - timeline.now(), () => {
      if (members.get(id) !== member) return;
      if (!isUp()) member.seenAt = timeline.now();
      if (timeline.now() - member.seenAt < sessionMillis) {
        watch(id, member);
        return;
      }
      members.delete(id);
      prepareUnlessEmpty();
    });
  }

  function prepareUnlessEmpty(): void {
    if (state === 'stable') prepare();
    completeIfJoined();
  }

  return {
    join: (id, joined) => {
      const known = members.get(id);
      const member = known ?? { seenAt: 0, joined: null, partitions: [] };
      member.seenAt = timeline.now();
      members.set(id, member);
      if (!known) watch(id, member);
      if (state === 'stable') prepare();
      member.joined = joined;
      completeIfJoined();
    },
    sync: (id, seen) => {
      const member = members.get(id);
      if (!member || state === 'preparing' || seen !== generation)
        throw new RejoinError('the group has gone on');
      member.seenAt = timeline.now();
      return member.partitions;
    },
    heartbeat: (id, seen) => {
      const member = members.get(id);
      if (!member) throw new RejoinError('the group does not know the member');
      member.seenAt = timeline.now();
      if (member.joined && state === 'preparing') return;
      if (state === 'preparing' || seen !== generation) throw new RejoinError('the group is rebalancing');
    },
    leave: (id) => {
      if (members.delete(id)) prepareUnlessEmpty();
    },
    commit: (partition, next) => void offsets.set(partition, next),
    committed: (partition) => offsets.get(partition) ?? null,
    rebalance: () => {
      if (state === 'stable' && members.size > 0) prepare();
    },
    assignment: () => new Map([...members].map(([id, { partitions }]) => [id, partitions])),
  };
}
