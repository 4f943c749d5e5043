/** I2: tickets of a restaurant and day are 1, 2, 3 … in the order of the log, as are versions of a restaurant. */
import type { LoggedEvent, Violation } from './evidence.ts';

export function checkTickets(events: readonly LoggedEvent[]): Violation[] {
  const wrong: Violation[] = [];
  const next = new Map<string, number>();
  const waitings = new Set<number>();
  const expectNext = (what: string, found: number): void => {
    const expected = next.get(what) ?? 1;
    if (found !== expected) wrong.push(`${what} ${found} comes where ${expected} should`);
    next.set(what, found + 1);
  };
  for (const { event } of events) {
    if (event.type === 'CommandRejected') continue;
    const of = `of restaurant ${event.restaurantId}`;
    expectNext(`version ${of}`, event.version);
    if (event.type !== 'WaitingRegistered') continue;
    const { waitingId, datesId, ticketNo } = event.waiting;
    expectNext(`ticket ${of} on day ${datesId}`, ticketNo);
    if (waitings.has(waitingId)) wrong.push(`waiting ${waitingId} is registered twice`);
    waitings.add(waitingId);
  }
  return wrong;
}
