/** I10: versions that a client sees from one ingress never go back, and each state it sees is a prefix of the log. */
import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../src/domain/event.ts';
import { isActive } from '../../src/domain/waiting.ts';
import type { LoggedEvent, Shown, Violation } from './evidence.ts';

/** `shown` in the order in which each reader saw it, events in log order. */
export function checkReads(shown: readonly Shown[], events: readonly LoggedEvent[]): Violation[] {
  const wrong: Violation[] = [];
  const last = new Map<string, number>();
  for (const { reader, restaurantId, version } of shown) {
    const key = `${reader} on restaurant ${restaurantId}`;
    const before = last.get(key) ?? 0;
    if (version < before) wrong.push(`${key} showed version ${version} after ${before}`);
    last.set(key, version);
  }
  const eventsOf = Map.groupBy(
    events.flatMap(({ event }) => (event.type === 'CommandRejected' ? [] : [event])),
    ({ restaurantId }) => restaurantId,
  );
  for (const [restaurantId, seen] of Map.groupBy(shown, (each) => each.restaurantId)) {
    wrong.push(...checkPrefixes(restaurantId, seen, eventsOf.get(restaurantId) ?? []));
  }
  return wrong;
}

function checkPrefixes(restaurantId: number, seen: readonly Shown[], events: readonly Event[]): Violation[] {
  const wrong: Violation[] = [];
  const teams = new Map<number, string>();
  let applied = 0;
  for (const { reader, version, teams: shown } of seen.toSorted((a, b) => a.version - b.version)) {
    for (; applied < events.length && (events[applied]?.version ?? 0) <= version; applied += 1) {
      const event = events[applied];
      if (event) apply(teams, event);
    }
    const what = `${reader} showed version ${version} of restaurant ${restaurantId}`;
    if (applied !== version) wrong.push(`${what}, which the log does not have`);
    else if (!isDeepStrictEqual(sorted(shown), sorted(teams)))
      wrong.push(`${what} as ${JSON.stringify(sorted(shown))}; it is ${JSON.stringify(sorted(teams))}`);
  }
  return wrong;
}

/** Keeps the teams that something can still happen to. */
function apply(teams: Map<number, string>, event: Event): void {
  if (event.type === 'WaitingDeleted') teams.delete(event.waitingId);
  if (!('waiting' in event)) return;
  const { waiting } = event;
  if (isActive(waiting)) teams.set(waiting.waitingId, waiting.status);
  else teams.delete(waiting.waitingId);
}

const sorted = (teams: ReadonlyMap<number, string>): [number, string][] =>
  [...teams].sort(([a], [b]) => a - b);
