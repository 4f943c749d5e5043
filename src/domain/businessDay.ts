import type { CommandOf } from './command.ts';
import { type Decision, nothing, reject } from './decision.ts';
import type { Happening } from './event.ts';
import { type BusinessDay, dayOf, type Queue, reopenMillis } from './queue.ts';
import { finish, isActive, type NoAnswer, type PlaceHolder } from './waiting.ts';

/** ConfigureRestaurant: creates the queue or changes how it is run. Deadlines already running keep their time. */
export const configureRestaurant = (_queue: Queue, command: CommandOf<'ConfigureRestaurant'>): Decision => [
  { type: 'RestaurantConfigured', settings: command.settings },
];

/** How long after its closing time an open day closes by itself: guests of the last hour are still being seated. */
const closesItselfAfterMillis = 2 * 60 * 60_000;

/** The reason on record for teams whose day closed on them. */
const dayClosed = 'DAY_CLOSED';

/** When a day closes by itself. */
export const closesItselfAt = (day: Pick<BusinessDay, 'closesAt'>): number =>
  day.closesAt + closesItselfAfterMillis;

/** OpenBusinessDay: opens a day, opens it again, or changes its hours. One closed for over 7 days stays closed. */
export function openBusinessDay(queue: Queue, command: CommandOf<'OpenBusinessDay'>, at: number): Decision {
  const { restaurantId, datesId, date, opensAt, closesAt } = command;
  if (queue.settings === null) {
    return reject('RESTAURANT_NOT_FOUND', `restaurant ${restaurantId} is not configured`);
  }
  const day = dayOf(queue, datesId);
  const tooOld = closesAt + reopenMillis < at || (!day && datesId <= queue.forgottenDatesId);
  if (tooOld) {
    return reject('DATES_NOT_FOUND', `business day ${datesId} has been over for too long to open again`);
  }
  const already =
    day?.closedAt === null && day.date === date && day.opensAt === opensAt && day.closesAt === closesAt;
  return already ? nothing : [{ type: 'BusinessDayOpened', datesId, date, opensAt, closesAt }];
}

/** CloseBusinessDay: no team of that day stays behind. */
export function closeBusinessDay(queue: Queue, command: CommandOf<'CloseBusinessDay'>, at: number): Decision {
  if (queue.settings === null) {
    return reject('RESTAURANT_NOT_FOUND', `restaurant ${command.restaurantId} is not configured`);
  }
  const day = dayOf(queue, command.datesId);
  if (!day) return reject('DATES_NOT_FOUND', `there is no business day ${command.datesId}`);
  const overtaken = command.dueAt !== null && (command.dueAt !== closesItselfAt(day) || at < command.dueAt);
  if (day.closedAt !== null || overtaken) return nothing;
  return [
    ...queue.waitings
      .filter((waiting) => waiting.datesId === day.datesId)
      .filter(isActive)
      .map((waiting) => leaveWithTheDay(waiting, at)),
    { type: 'BusinessDayClosed', datesId: day.datesId },
  ];
}

function leaveWithTheDay(waiting: PlaceHolder | NoAnswer, at: number): Happening {
  switch (waiting.status) {
    case 'WAITING':
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
    case 'COMMING':
      return { type: 'WaitingCancelled', waiting: finish(waiting, 'OWNER_CANCEL', at, dayClosed) };
    case 'ARRIVED':
      return { type: 'WaitingEntered', waiting: finish(waiting, 'ENTERED', at, dayClosed) };
    case 'NO_ANSWER':
      return { type: 'NoAnswerDismissed', waiting: { ...waiting, finishedAt: at } };
  }
}
