/**
 * The shapes of the answers, said once: the functions of shapes.ts have their types, and `/openapi.json` shows them.
 * Field names and order as the original service had them, then ours. Described in docs/http.md.
 */
import { z } from 'zod';
import { rejectionCodes } from '../domain/decision.ts';
import type { WaitingStatus } from '../domain/waiting.ts';

export const statuses = [
  'WAITING',
  'FIRST_CALLED',
  'FINAL_CALLED',
  'COMMING',
  'ARRIVED',
  'NO_ANSWER',
  'ENTERED',
  'CANCEL',
  'OWNER_CANCEL',
  'NO_ANSWER2',
] as const satisfies readonly WaitingStatus[];

const about = (description: string) => ({ description });
const id = z.int().positive();
const time = z.iso
  .datetime({ offset: true })
  .meta(about("ISO 8601 to the second, with the offset of the restaurant's time zone"));
const status = z.enum(statuses).meta({ id: 'WaitingStatus' });
const position = z.int().positive().nullable().meta(about('null when no place is held'));
const estimatedWaitMinutes = z.int().nonnegative();

const userId = z.int().nonnegative().meta(about('0 once the history has forgotten whose it was'));

const waitingFields = {
  waitingId: id,
  restaurantId: id,
  ticketNo: id,
  status,
  position,
  estimatedWaitMinutes,
  createdAt: time,
  userId,
  userCount: id,
  datesId: id,
  calledAt: time.nullable().meta(about('the last call')),
  deadlineAt: time.nullable().meta(about('when an answer (called) or an arrival (COMMING) is due')),
  moveMinutes: z.int().positive().nullable(),
  finishedAt: time.nullable(),
  reason: z.string().nullable(),
};
const teamsAhead = z.int().nonnegative().nullable().meta(about('null when no place is held'));

/** A waiting; what doesn't apply to its state is null. */
export const waiting = z
  .strictObject(waitingFields)
  .meta({ id: 'Waiting', description: 'A waiting; what does not apply to its state is null' });
export type WaitingJson = Readonly<z.output<typeof waiting>>;

const token = z
  .string()
  .meta(about('a bearer token that opens this waiting alone: the link of its customer'));
export const registeredWaiting = z
  .strictObject({ ...waitingFields, token })
  .meta({ id: 'RegisteredWaiting', description: 'A waiting, and what opens it' });

export const streamedWaiting = z.strictObject({ ...waitingFields, teamsAhead }).meta({
  id: 'StreamedWaiting',
  description: 'A waiting as its stream shows it',
});

/** What one side is told of a transition, as its stream has it; variables that its template lacks are null. */
export const notification = z
  .strictObject({
    template: z.string().meta(about('what is told: REGISTERED, FIRST_CALL …; others may be added')),
    version: z.int().positive().meta(about('of the event that it tells of')),
    at: time,
    restaurantId: id,
    waitingId: id,
    ticketNo: id,
    userCount: id,
    status,
    position: z.int().positive().nullable(),
    estimatedWaitMinutes: estimatedWaitMinutes.nullable(),
    deadlineAt: time.nullable(),
    moveMinutes: z.int().positive().nullable(),
    reason: z.string().nullable(),
  })
  .meta({
    id: 'Notification',
    description: 'What one side is told; the variables of other templates are null',
  });
export type NotificationJson = z.output<typeof notification>;

export const order = z
  .strictObject({
    waitingId: id,
    restaurantId: id,
    ticketNo: id,
    status,
    position,
    teamsAhead,
    estimatedWaitMinutes,
  })
  .meta({ id: 'Order', description: 'Where a customer stands' });
export type OrderJson = z.output<typeof order>;

export const noShow = z
  .strictObject({
    noShowId: id,
    restaurantId: id,
    userId,
    waitingId: id.nullable(),
    datesId: id.nullable(),
    reason: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'NoShow' });
export type NoShowJson = z.output<typeof noShow>;

const nextCursor = z.string().nullable().meta(about('null on the last page'));
export const waitingList = z
  .strictObject({ items: z.array(waiting), nextCursor })
  .meta({ id: 'WaitingList' });
export const noShowList = z.strictObject({ items: z.array(noShow), nextCursor }).meta({ id: 'NoShowList' });

export const businessDay = z
  .strictObject({
    restaurantId: id,
    datesId: id,
    date: z.iso.date(),
    opensAt: time,
    closesAt: time,
    closedAt: time.nullable(),
  })
  .meta({ id: 'BusinessDay' });
export type BusinessDayJson = z.output<typeof businessDay>;

export const closedBusinessDay = z
  .strictObject({
    restaurantId: id,
    datesId: id,
    date: z.iso.date().nullable(),
    opensAt: time.nullable(),
    closesAt: time.nullable(),
    closedAt: time,
  })
  .meta({
    id: 'ClosedBusinessDay',
    description: 'A day just closed; its hours are null where the state cannot be seen at the moment',
  });
export type ClosedBusinessDayJson = z.output<typeof closedBusinessDay>;

const count = z.int().nonnegative();
export const dayNumbers = z
  .strictObject({
    restaurantId: id,
    datesId: id,
    waiting: count.meta(about('teams that hold a place')),
    seated: count,
    cancelled: count.meta(about('by the customer, by the restaurant, or by the closing of the day')),
    noShows: count.meta(about('second calls that lapsed')),
    averageWaitMinutes: count
      .nullable()
      .meta(
        about("from registration to seating, in the restaurant's minutes; null before the first seating"),
      ),
  })
  .meta({ id: 'DayNumbers', description: 'A business day in numbers' });
export type DayNumbersJson = z.output<typeof dayNumbers>;

const settingFields = {
  name: z.string(),
  timeZone: z.string().meta(about('IANA name')),
  maxTeams: z.int(),
  minUserCount: z.int(),
  maxUserCount: z.int(),
  answerMinutes: z.int(),
  maxMoveMinutes: z.int(),
  minutesPerTeam: z.int(),
  minuteMillis: z.int(),
};
export const restaurant = z
  .strictObject({ restaurantId: id, ...settingFields })
  .meta({ id: 'Restaurant', description: 'A restaurant with all its settings' });

export const queue = z
  .strictObject({
    restaurantId: id,
    name: z.string(),
    version: z.int().nonnegative().meta(about('events of this restaurant so far')),
    maxTeams: z.int(),
    teams: z.int().nonnegative().meta(about('places held')),
    settings: z.strictObject(settingFields).meta({ id: 'Settings' }),
    days: z.array(businessDay),
    items: z.array(waiting).meta(about('the waitings that hold a place, in order')),
    unanswered: z.array(waiting).meta(about('those in NO_ANSWER that may still be called')),
  })
  .meta({ id: 'Queue', description: "What an owner's tablet shows, as of one moment" });
export type QueueJson = z.output<typeof queue>;

const commandId = z.uuid();
const pending = z.literal('PENDING');
/** A write that has no outcome yet; its Location says where to look. */
export const pendingWrite = z.strictObject({ commandId, status: pending }).meta({ id: 'PendingWrite' });
export const pendingCommand = z
  .strictObject({ commandId, restaurantId: id, status: pending })
  .meta({ id: 'PendingCommand' });

export const commandOutcome = z
  .strictObject({
    commandId,
    restaurantId: id,
    status: z.enum(['ACCEPTED', 'REJECTED']),
    code: z.enum(rejectionCodes).nullable(),
    detail: z.string().nullable(),
    version: z.int().nonnegative(),
    waiting: waiting.nullable().meta(about('as it was when the command was decided')),
    noShow: noShow.nullable(),
    token: token.nullable().meta(about('of the waiting, for its customer and for services')),
  })
  .meta({ id: 'CommandOutcome' });
export type CommandOutcomeJson = z.output<typeof commandOutcome>;

export const summary = z
  .strictObject({
    restaurantId: id,
    name: z.string(),
    timeZone: settingFields.timeZone,
    open: z.boolean().meta(about('whether teams may join now')),
    datesId: id
      .nullable()
      .meta(about('the day that is open, else the next, else the last; null: there is none')),
    opensAt: time.nullable(),
    closesAt: time.nullable(),
    teams: z.int().nonnegative().meta(about('places held')),
    maxTeams: z.int(),
    estimatedWaitMinutes: estimatedWaitMinutes.meta(about('for a team that joined now')),
    minUserCount: z.int(),
    maxUserCount: z.int(),
    answerMinutes: z.int(),
    maxMoveMinutes: z.int(),
  })
  .meta({ id: 'Summary', description: 'What is to be known before one joins a queue' });
export type SummaryJson = z.output<typeof summary>;

export const joinLink = z
  .strictObject({
    restaurantId: id,
    token: z.string().meta(about('a bearer token that lets guests join this queue')),
    url: z.url().meta(about('of the page to join with')),
    qr: z.string().meta(about('the same as a QR code, in SVG')),
  })
  .meta({ id: 'JoinLink' });

export const pairing = z
  .strictObject({
    restaurantId: id,
    token: z.string().meta(about('a bearer token for a tablet of this restaurant, to be shown once')),
    url: z.url().meta(about("of the tablet's page")),
    expiresAt: time,
  })
  .meta({ id: 'Pairing' });

export const pushKey = z
  .strictObject({ publicKey: z.string().meta(about('the `applicationServerKey`, in base64url')) })
  .meta({ id: 'PushKey' });

export const alive = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });
export const readiness = z
  .strictObject({ status: z.enum(['ok', 'unavailable']), checks: z.record(z.string(), z.string()) })
  .meta({ id: 'Readiness', description: 'Every dependency with `ok`, or with what is wrong with it' });
