/**
 * What of the history is personal: whose a waiting or a no-show was, and what somebody wrote as its reason, which may be
 * anything. Rows of both have it until it is forgotten; the events beside them, which nobody reads for it, never do.
 */
import type { Event } from '../domain/event.ts';

/** In place of a user who was forgotten. Nobody has this id: those of users are positive. */
export const forgottenUser = 0;

/** Reasons that the rules give. They say nothing of a person, and are kept. */
export const ourReasons: readonly string[] = ['DAY_CLOSED', 'NO_ANSWER'];

export const withoutFreeText = (reason: string | null): string | null =>
  reason !== null && ourReasons.includes(reason) ? reason : null;

interface Personal {
  readonly userId: number;
  readonly reason?: string | null;
}

const anonymous = <T extends Personal>(about: T): T => ({
  ...about,
  userId: forgottenUser,
  ...(about.reason !== undefined && { reason: withoutFreeText(about.reason) }),
});

/** An event as the history keeps it: it names its waiting or no-show, whose row says whose it is. */
export function impersonal<E extends Event>(event: E): E {
  if ('waiting' in event) return { ...event, waiting: anonymous(event.waiting) };
  if ('noShow' in event) return { ...event, noShow: anonymous(event.noShow) };
  if ('live' in event) return { ...event, live: event.live && anonymous(event.live) };
  return event;
}
