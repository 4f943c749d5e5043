import { wakeup } from './clock.ts';
import type { PartitionSource } from './ports.ts';

/** What the coordinator of a consumer group has confirmed to one of its members, and when the member asked for it. */
export interface Membership extends Pick<PartitionSource, 'confirmed'> {
  /** The coordinator has answered that the last assignment holds; it was asked at that time (ms). */
  readonly confirm: (askedAt: number) => void;
  /** The member joins again: until it has, nothing that it was assigned is certain. */
  readonly unsettle: () => void;
}

/**
 * A coordinator gives a member's partitions to another one when it has not heard of the member for a session. So a
 * confirmation says nothing any more when the process that reads it has slept since it asked: half a session is the
 * longest that it counts, and the other half is for what the owner does next.
 */
export function membership(now: () => number, sessionMillis: number): Membership {
  const changed = wakeup();
  let askedAt = -Infinity;
  return {
    confirm: (asked) => {
      askedAt = asked;
      changed.wake();
    },
    unsettle: () => void (askedAt = -Infinity),
    confirmed: (since, signal) =>
      changed.until(() => askedAt > since && now() - askedAt < sessionMillis / 2, signal),
  };
}
