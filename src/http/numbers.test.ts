import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { life } from '../../test/domain/randomLife.ts';
import { beginning, type Step, type Story } from '../../test/domain/specification.ts';
import {
  after,
  arrive,
  call,
  cancel,
  closeDay,
  configure,
  enter,
  hour,
  lapse,
  minute,
  open,
  openDay,
  register,
  registerMany,
  remove,
  removeAll,
} from '../../test/domain/steps.ts';
import { openRestaurant, register as registered, withIngress } from '../../test/httpIngress.ts';
import type { Event } from '../domain/event.ts';
import { freshMillis } from '../domain/queue.ts';
import type { Waiting } from '../domain/waiting.ts';
import { HistoryAway, type HistoryReader } from '../history/read.ts';
import { numbersOf } from './numbers.ts';
import { Problem } from './problems.ts';

const path = '/restaurants/1/dates/1/numbers';

describe('GET /restaurants/{restaurantId}/dates/{datesId}/numbers', () => {
  test('counts what was just done, without history', () =>
    withIngress(async (setting) => {
      const { call, worker } = setting;
      await openRestaurant(setting);
      const none = { restaurantId: 1, datesId: 1, waiting: 0, seated: 0, cancelled: 0, noShows: 0 };
      expect((await call('GET', path)).body).toEqual({ ...none, averageWaitMinutes: null });
      for (const user of [1, 2, 3, 4, 5, 6]) await registered(setting, user);
      await call('POST', '/waitings/1/10000001/actions/waiting_cancel', { actor: 'CUSTOMER' });
      await call('POST', '/waitings/1/10000002/actions/waiting_cancel', { actor: 'OWNER' });
      await call('DELETE', '/waitings/10000003');
      for (const n of [4, 5]) {
        worker.now += 5 * minute;
        await call('POST', `/waitings/1/1000000${n}/actions/waiting_entered`);
      }
      const { status, body } = await call('GET', path);
      expect(status).toBe(200);
      // After 5 and after 10 minutes.
      expect(body).toEqual({ ...none, waiting: 1, seated: 2, cancelled: 2, averageWaitMinutes: 8 });
    }));

  test("counts minutes as the restaurant's are", () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting, { minuteMillis: 100 });
        await registered(setting, 1);
        setting.worker.now += 1_240;
        await setting.call('POST', '/waitings/1/10000001/actions/waiting_entered');
        expect((await setting.call('GET', path)).body).toMatchObject({ averageWaitMinutes: 12 });
      },
      { compressedTime: true },
    ));

  test('is a 503 without history once the queue has forgotten somebody, never less than there was', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await registered(setting, 1);
      await setting.call('POST', '/waitings/1/10000001/actions/waiting_entered');
      setting.worker.now += 16 * minute;
      await registered(setting, 2);
      expect(await setting.call('GET', path)).toMatchObject({
        status: 503,
        body: { code: 'HISTORY_UNAVAILABLE' },
      });
    }));

  test('is a 404 of a restaurant that nobody configured, and of a day that was never opened', () =>
    withIngress(async (setting) => {
      const found = async (): Promise<unknown> => (await setting.call('GET', path)).body?.['code'];
      expect(await found()).toBe('RESTAURANT_NOT_FOUND');
      await setting.call('PUT', '/restaurants/1', { name: '식당' });
      expect(await found()).toBe('DATES_NOT_FOUND');
    }));
});

const away = (): Promise<never> => Promise.reject(new HistoryAway('gone'));
const historyAway: HistoryReader = {
  reach: away,
  waiting: away,
  noShow: away,
  waitings: away,
  noShows: away,
  tally: away,
};

const eventsOf = ({ trail }: Story): Event[] => trail.flatMap(({ handled }) => [...handled.events]);

/** Every waiting that the events leave, as the last one left it. */
function waitingsOf(events: readonly Event[]): Waiting[] {
  const left = new Map<number, Waiting>();
  for (const event of events) {
    if (event.type === 'WaitingDeleted') left.delete(event.waitingId);
    else if (event.type === 'AllWaitingsDeleted') left.clear();
    else if ('waiting' in event) left.set(event.waiting.waitingId, event.waiting);
  }
  return [...left.values()];
}

/** History that has got so far, and answers as Postgres does. */
const historyOf = (events: readonly Event[]): HistoryReader => ({
  ...historyAway,
  reach: () => Promise.resolve(events.at(-1) ?? null),
  tally: ({ after, through, except }, datesId) =>
    Promise.resolve(
      waitingsOf(events)
        .filter((each) => each.datesId === datesId)
        .filter(({ waitingId: id }) => id > after && id <= through && !except.includes(id))
        .map((each) => ({
          status: each.status,
          reasoned: each.status === 'ENTERED' && each.reason !== null,
          teams: 1,
          waitedMillis: each.status === 'ENTERED' ? each.finishedAt - each.createdAt : 0,
        })),
    ),
});

const minuteOf = ({ queue }: Story): { minuteMillis: number } => ({
  minuteMillis: queue.settings?.minuteMillis ?? minute,
});

/** The numbers of day 1 after some steps, with a history that knows them all; or a problem's code. */
const numbersAfter = async (...steps: readonly Step[]): Promise<unknown> => {
  const story = steps.reduce((before, step) => step(before), beginning);
  return numbersOf(story.queue, minuteOf(story), 1, historyOf(eventsOf(story))).catch((problem: unknown) =>
    problem instanceof Problem ? problem.code : problem,
  );
};

describe('a day in numbers', () => {
  const none = { waiting: 0, seated: 0, cancelled: 0, noShows: 0, averageWaitMinutes: null };

  test('has a second lapse as a no-show, and a first one as nothing, also once the day has closed', async () => {
    const lapsed = [open(), registerMany(2), call(1), lapse(1), call(1), lapse(1), call(2), lapse(2)];
    expect(await numbersAfter(...lapsed)).toEqual({ ...none, noShows: 1 });
    expect(await numbersAfter(...lapsed, closeDay())).toEqual({ ...none, noShows: 1 });
  });

  test('has whom its closing found at the door as seated, who says nothing of how long one waits', async () => {
    const evening = [open(), registerMany(3), after(9 * minute), enter(1), call(2), arrive(2)];
    const seated = { ...none, seated: 2, cancelled: 1, averageWaitMinutes: 9 };
    expect(await numbersAfter(...evening, after(3 * hour), closeDay())).toEqual(seated);
    expect(await numbersAfter(...evening, after(3 * hour), closeDay(), after(hour), openDay())).toEqual(
      seated,
    );
  });

  test('has nobody who was deleted, however long ago', async () => {
    const one = [open(), registerMany(3), enter(1), cancel(2), remove(1)];
    const left = { ...none, waiting: 1, cancelled: 1 };
    expect(await numbersAfter(...one)).toEqual(left);
    expect(await numbersAfter(...one, after(hour), register(4))).toEqual({ ...left, waiting: 2 });
    expect(await numbersAfter(...one, removeAll, after(hour), register(4))).toEqual({ ...none, waiting: 1 });
  });

  test('is there after the queue has let go of the day, if anybody came to it', async () => {
    const weekLater = [closeDay(), after(8 * 24 * hour), configure()];
    expect(await numbersAfter(open(), register(1), enter(1), ...weekLater)).toEqual({
      ...none,
      seated: 1,
      averageWaitMinutes: 0,
    });
    expect(await numbersAfter(open(), ...weekLater)).toBe('DATES_NOT_FOUND');
  });
});

describe('in every life', () => {
  const percent = fc.noBias(fc.nat(99));
  const choice = fc.tuple(percent, percent, fc.nat(999), fc.nat(999));
  const choices = fc.array(choice, { minLength: 60, maxLength: 100, size: 'max' });

  const counted = (waitings: readonly Waiting[], { minuteMillis }: { minuteMillis: number }): object => {
    const of = (...statuses: readonly Waiting['status'][]): number =>
      waitings.filter(({ status }) => statuses.includes(status)).length;
    const waits = waitings.flatMap((each) =>
      each.status === 'ENTERED' && each.reason === null ? [each.finishedAt - each.createdAt] : [],
    );
    const mean = waits.reduce((sum, millis) => sum + millis, 0) / waits.length;
    return {
      waiting: of('WAITING', 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED'),
      seated: of('ENTERED'),
      cancelled: of('CANCEL', 'OWNER_CANCEL'),
      noShows: of('NO_ANSWER2'),
      averageWaitMinutes: waits.length === 0 ? null : Math.round(mean / minuteMillis),
    };
  };

  test('the numbers of each day are those of all its waitings, or it is said that nobody knows', async () => {
    const answers = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(choices, fc.oneof(fc.constant(0), fc.nat(40)), async (each, lag) => {
        const story = life(each);
        const { queue } = story;
        const events = eventsOf(story);
        const written = events.slice(0, events.length - lag);
        const reach = written.at(-1);
        const complete =
          reach !== undefined && (reach === events.at(-1) || reach.at >= queue.at - freshMillis);
        const newest = Math.max(queue.forgottenDatesId, ...queue.days.map(({ datesId }) => datesId));
        for (let datesId = 1; datesId <= newest + 1; datesId += 1) {
          const all = waitingsOf(events).filter((waiting) => waiting.datesId === datesId);
          const isThere = all.length > 0 || queue.days.some((day) => day.datesId === datesId);
          const answer = await numbersOf(queue, minuteOf(story), datesId, historyOf(written)).catch(
            (problem: unknown) => {
              if (problem instanceof Problem) return problem.code;
              throw problem;
            },
          );
          answers.add(typeof answer === 'string' ? answer : 'numbers');
          if (answer === 'HISTORY_UNAVAILABLE') expect(complete).toBe(false);
          else if (answer === 'DATES_NOT_FOUND') expect(isThere).toBe(false);
          else expect([isThere, answer]).toEqual([true, counted(all, minuteOf(story))]);
        }
      }),
      { numRuns: 60 },
    );
    expect(answers).toEqual(new Set(['numbers', 'HISTORY_UNAVAILABLE', 'DATES_NOT_FOUND']));
  });
});
