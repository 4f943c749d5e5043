/** I6: the rows of Postgres are what a replay of the log tells. */
import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../src/domain/event.ts';
import { toRecord } from '../../src/schemas/events.ts';
import type { Rows, Violation } from './evidence.ts';
import type { Replay } from './replay.ts';

type Row = Readonly<Record<string, unknown>>;

export function checkHistory(rows: Rows, { steps }: Replay): Violation[] {
  const events = steps.flatMap(({ told }) =>
    told.flatMap((event) => (event.type === 'CommandRejected' ? [] : [event])),
  );
  const { waitings, noShows } = expectedRows(events);
  const eventRows = events.map((event): Row => ({
    restaurant_id: event.restaurantId,
    version: event.version,
    waiting_id: aboutWaiting(event),
    type: event.type,
    at: event.at,
    body: nameless(event),
  }));
  return [
    ...differences('waiting_events', eventRows, rows.events, ['restaurant_id', 'version']),
    ...differences('waitings', waitings, rows.waitings, ['waiting_id']),
    ...differences('no_shows', noShows, rows.noShows, ['no_show_id']),
  ];
}

const aboutWaiting = (event: Event): number | null => {
  if ('waiting' in event) return event.waiting.waitingId;
  return 'waitingId' in event ? event.waitingId : null;
};

/** An event of the history names no user, and says nothing that somebody wrote. */
const nameless = (event: Event): unknown =>
  JSON.parse(
    JSON.stringify(event, (name, value: unknown) => {
      if (name === 'userId') return 0;
      return name === 'reason' && value !== 'DAY_CLOSED' && value !== 'NO_ANSWER' ? null : value;
    }),
  );

/** Waitings and no-shows as their last event left them: a deleted one stays, marked. */
function expectedRows(events: readonly Event[]): { waitings: Row[]; noShows: Row[] } {
  const waitings = new Map<number, Row>();
  const noShows = new Map<number, Row>();
  const remove = (rows: Map<number, Row>, { at, version }: Event, applies: (id: number) => boolean): void => {
    for (const [id, row] of rows) {
      if (row['deleted_at'] === null && applies(id)) rows.set(id, { ...row, deleted_at: at, version });
    }
  };
  for (const event of events) {
    const { restaurantId: restaurant_id, version } = event;
    if ('waiting' in event) {
      const { waiting } = event;
      waitings.set(waiting.waitingId, {
        restaurant_id,
        ...columns(toRecord(waiting)),
        deleted_at: null,
        version,
      });
    } else if (event.type === 'NoShowRegistered') {
      const { noShow } = event;
      noShows.set(noShow.noShowId, { restaurant_id, ...columns(noShow), deleted_at: null, version });
    } else if (event.type === 'WaitingDeleted') {
      remove(waitings, event, (id) => id === event.waitingId);
    } else if (event.type === 'NoShowDeleted') {
      remove(noShows, event, (id) => id === event.noShowId);
    } else if (event.type === 'AllWaitingsDeleted') {
      remove(waitings, event, (id) => isOf(restaurant_id, id) && id <= event.throughWaitingId);
    } else if (event.type === 'AllNoShowsDeleted') {
      remove(noShows, event, (id) => isOf(restaurant_id, id) && id <= event.throughNoShowId);
    }
  }
  return { waitings: [...waitings.values()], noShows: [...noShows.values()] };
}

/** Ids name their restaurant (docs/domain.md, Words). */
const isOf = (restaurantId: number, id: number): boolean => Math.floor(id / 10_000_000) === restaurantId;

/** `calledAt` is the column `called_at`. */
const columns = (record: object): Row =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]: [string, unknown]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );

function differences(
  table: string,
  expected: readonly Row[],
  found: readonly Row[],
  keys: readonly string[],
): Violation[] {
  const nameOf = (row: Row): string => keys.map((key) => String(row[key])).join('/');
  const wanted = new Map(expected.map((row) => [nameOf(row), row]));
  const wrong: Violation[] = [];
  for (const row of found.map(plain)) {
    const name = nameOf(row);
    const want = wanted.get(name);
    wanted.delete(name);
    if (!want) wrong.push(`${table} has ${name} twice, or the log does not have it`);
    else if (!isDeepStrictEqual(row, plain(want)))
      wrong.push(`${table} has ${JSON.stringify(row)}; the log makes it ${JSON.stringify(plain(want))}`);
  }
  for (const name of wanted.keys()) wrong.push(`${table} lacks ${name}`);
  return wrong;
}

/** Postgres gives bigints as text and instants as dates; a body is JSON. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Date) return [name, value.getTime()];
      if (name === 'body') return [name, JSON.parse(JSON.stringify(value)) as unknown];
      const isWhole = typeof value === 'string' && /_id$|^version$/.test(name);
      return [name, isWhole ? Number(value) : value];
    }),
  );
