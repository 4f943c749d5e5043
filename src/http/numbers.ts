/** A business day in numbers, as its owner asks for them while it lasts and when it is over. */
import type { Settings } from '../domain/command.ts';
import { dayOf, type Queue } from '../domain/queue.ts';
import { finishedAt, type Waiting, type WaitingStatus } from '../domain/waiting.ts';
import type { HistoryReader, Tally } from '../history/read.ts';
import { requireRestaurant } from './access/principal.ts';
import { dayNumbers, type DayNumbersJson } from './answers.ts';
import { dayPath, parse } from './input.ts';
import { beyond } from './overlay.ts';
import { Problem, restaurantNotFound } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import { freshWaitings } from './reads.ts';
import { readRoute, type Route } from './routes.ts';

export const numbersRoute = ({ readQueue }: QueueReader, history: HistoryReader): Route =>
  readRoute(
    '/restaurants/:restaurantId/dates/:datesId/numbers',
    {
      operationId: 'getDayNumbers',
      summary: 'A business day in numbers',
      params: dayPath,
      answers: { 200: { description: 'its numbers', json: dayNumbers } },
      refusals: ['RESTAURANT_NOT_FOUND', 'DATES_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    },
    async ({ params, who }) => {
      const { restaurantId, datesId } = parse(dayPath, params);
      requireRestaurant(who, restaurantId);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      const numbers = await numbersOf(queue, queue.settings, datesId, history);
      return JSON.stringify({ restaurantId, datesId, ...numbers } satisfies DayNumbersJson);
    },
  );

type Numbers = Omit<DayNumbersJson, 'restaurantId' | 'datesId'>;

/**
 * The numbers of a day of the queue. Throws a Problem: DATES_NOT_FOUND also for a day that the queue has let go of, when
 * nobody came to it; HISTORY_UNAVAILABLE when what the queue no longer remembers cannot be had.
 */
export async function numbersOf(
  queue: Queue,
  settings: Pick<Settings, 'minuteMillis'>,
  datesId: number,
  history: HistoryReader,
): Promise<Numbers> {
  const day = dayOf(queue, datesId);
  const known = queue.waitings.filter((waiting) => waiting.datesId === datesId);
  const neverOpened = day === undefined && datesId > queue.forgottenDatesId;
  const old =
    neverOpened || known.length === day?.tickets
      ? []
      : await beyond(queue, freshWaitings(queue), 0, history, (ids) => history.tally(ids, datesId));
  if (day === undefined && old.length === 0) {
    throw new Problem('DATES_NOT_FOUND', `there is no business day ${datesId}`);
  }
  return addUp([...old, ...known.map(tallyOf)], settings.minuteMillis);
}

const tallyOf = (waiting: Waiting): Tally => ({
  status: waiting.status,
  reasoned: 'reason' in waiting && waiting.reason !== null,
  teams: 1,
  waitedMillis: (finishedAt(waiting) ?? waiting.createdAt) - waiting.createdAt,
});

/** As what a team of each state counts. In NO_ANSWER it may still be called, or left with the day and is on no record. */
const countedAs: Readonly<Record<WaitingStatus, Exclude<keyof Numbers, 'averageWaitMinutes'> | null>> = {
  WAITING: 'waiting',
  FIRST_CALLED: 'waiting',
  FINAL_CALLED: 'waiting',
  COMMING: 'waiting',
  ARRIVED: 'waiting',
  NO_ANSWER: null,
  ENTERED: 'seated',
  CANCEL: 'cancelled',
  OWNER_CANCEL: 'cancelled',
  NO_ANSWER2: 'noShows',
};

function addUp(tallies: readonly Tally[], minuteMillis: number): Numbers {
  const counts = { waiting: 0, seated: 0, cancelled: 0, noShows: 0 };
  for (const { status, teams } of tallies) {
    const as = countedAs[status];
    if (as !== null) counts[as] += teams;
  }
  // Whom the closing of the day found at the door was seated at a time that nobody has said.
  const timed = tallies.filter(({ status, reasoned }) => status === 'ENTERED' && !reasoned);
  const teams = timed.reduce((sum, tally) => sum + tally.teams, 0);
  const millis = timed.reduce((sum, tally) => sum + tally.waitedMillis, 0);
  return { ...counts, averageWaitMinutes: teams === 0 ? null : Math.round(millis / teams / minuteMillis) };
}
