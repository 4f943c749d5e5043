/** A restaurant's own paths: how it runs its queue, its business days, and what its tablet shows. */
import { z } from 'zod';
import type { Settings } from '../domain/command.ts';
import { dayOf, type Queue } from '../domain/queue.ts';
import { areHours, isTimeZone, settingBounds } from '../schemas/commands.ts';
import type { Links } from './access/links.ts';
import { requireRestaurant } from './access/principal.ts';
import * as answers from './answers.ts';
import { ownerAt, wholesale, type Write } from './commands.ts';
import { dayPath, integer, invalid, must, parse, parseBody, restaurantPath, text } from './input.ts';
import type { PageLinks } from './pages/pages.ts';
import { type FieldError, restaurantNotFound } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import { readRoute, type Route } from './routes.ts';
import { dayJson, defaultTimeZone, fromIso, localDate, toLocalIso, zoneOf } from './shapes.ts';
import { queueText } from './shown.ts';

function bounded(name: keyof typeof settingBounds) {
  const [least, most] = settingBounds[name];
  return integer(least, most);
}

const minute = 60_000;

/** The length of a minute in milliseconds: of a real one, unless time may be compressed. */
const minuteMillis = (compressedTime: boolean) =>
  (compressedTime
    ? bounded('minuteMillis')
    : integer(minute, minute, `must be ${minute}, unless COMPRESSED_TIME is on`)
  ).meta({
    description:
      "the length of this restaurant's minute, in milliseconds, for demonstrations and tests; " +
      `another than ${minute} is refused unless COMPRESSED_TIME is on`,
  });

/** A PUT replaces: what it leaves out gets its default. The defaults are those of Settings.avsc. */
const settingsBody = (compressedTime: boolean) =>
  z
    .strictObject({
      name: text(100).refine((name) => name.trim() !== '', 'must not be empty'),
      timeZone: z
        .string(must('must be text'))
        .refine(isTimeZone, 'must be an IANA time zone')
        .default(defaultTimeZone),
      maxTeams: bounded('maxTeams').default(20),
      minUserCount: bounded('minUserCount').default(1),
      maxUserCount: bounded('maxUserCount').default(20),
      answerMinutes: bounded('answerMinutes').default(10),
      maxMoveMinutes: bounded('maxMoveMinutes').default(15),
      minutesPerTeam: bounded('minutesPerTeam').default(3),
      minuteMillis: minuteMillis(compressedTime).default(minute),
    })
    .refine((settings) => settings.minUserCount <= settings.maxUserCount, {
      path: ['minUserCount'],
      error: 'must not be above maxUserCount',
    }) satisfies z.ZodType<Settings>;

const time = z
  .string(must('must be an ISO 8601 date and time'))
  .meta({ description: "ISO 8601; without an offset, in the restaurant's time zone" });
const dayBody = z.strictObject({
  date: z.iso.date(must('must be a date, YYYY-MM-DD')),
  opensAt: time,
  closesAt: time,
});
const noBody = z.strictObject({});

/** The hours of a day as instants. Times without an offset are the restaurant's own. Throws a Problem. */
function hours({ date, opensAt, closesAt }: z.output<typeof dayBody>, timeZone: string) {
  const [opens, closes] = [fromIso(opensAt, timeZone), fromIso(closesAt, timeZone)];
  const errors: FieldError[] = [];
  if (opens === null) errors.push({ field: 'opensAt', message: 'must be an ISO 8601 date and time' });
  else if (localDate(opens, timeZone) !== date) {
    errors.push({ field: 'opensAt', message: `must be on ${date} in ${timeZone}` });
  }
  if (closes === null) errors.push({ field: 'closesAt', message: 'must be an ISO 8601 date and time' });
  else if (opens !== null && closes <= opens) {
    errors.push({ field: 'closesAt', message: 'must be after opensAt' });
  } else if (opens !== null && !areHours(opens, closes)) {
    errors.push({ field: 'closesAt', message: 'must be within the years 1970 to 9999, as opensAt' });
  }
  if (opens === null || closes === null || errors.length > 0) throw invalid(errors);
  return { date, opensAt: opens, closesAt: closes };
}

/** `compressedTime`: whether a restaurant's minute may be shorter than a minute. */
function configureRoute(write: Write, compressedTime: boolean): Route {
  const schema = settingsBody(compressedTime);
  return {
    method: 'put',
    path: '/restaurants/:restaurantId',
    about: {
      kind: 'write',
      operationId: 'configureRestaurant',
      summary: 'Set how a restaurant runs its queue; what is left out gets its default',
      params: restaurantPath,
      body: schema,
      answers: { 200: { description: 'all its settings', json: answers.restaurant } },
      refusals: ['RESTAURANT_NOT_FOUND'],
    },
    handle: (req, res, who) => {
      const { restaurantId } = parse(restaurantPath, req.params);
      const actor = ownerAt(who, restaurantId);
      const settings = parseBody(schema, req);
      const body = { type: 'ConfigureRestaurant', settings } as const;
      return write(
        req,
        res,
        { restaurantId, actor, body },
        () => void res.json({ restaurantId, ...settings }),
      );
    },
  };
}

/** What the routes of a restaurant work with. */
interface RestaurantParts {
  readonly write: Write;
  readonly reader: QueueReader;
  readonly links: Links;
  readonly pageLinks: PageLinks;
  readonly compressedTime: boolean;
}

export const restaurantRoutes = ({
  write,
  reader: { readQueue },
  links,
  pageLinks,
  compressedTime,
}: RestaurantParts): readonly Route[] => [
  configureRoute(write, compressedTime),
  {
    method: 'put',
    path: '/restaurants/:restaurantId/dates/:datesId',
    about: {
      kind: 'write',
      operationId: 'openBusinessDay',
      summary: 'Open a business day, or change its hours',
      params: dayPath,
      body: dayBody,
      answers: { 200: { description: 'the business day', json: answers.businessDay } },
      refusals: ['RESTAURANT_NOT_FOUND', 'DATES_NOT_FOUND', 'QUEUE_FULL', 'STATE_UNAVAILABLE'],
    },
    handle: async (req, res, who) => {
      const { restaurantId, datesId } = parse(dayPath, req.params);
      const actor = ownerAt(who, restaurantId);
      const asked = parseBody(dayBody, req);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      const { timeZone } = queue.settings;
      const body = { type: 'OpenBusinessDay', datesId, ...hours(asked, timeZone) } as const;
      await write(
        req,
        res,
        { restaurantId, actor, body },
        () => void res.json(dayJson(restaurantId, { ...body, closedAt: null }, timeZone)),
      );
    },
  },
  {
    method: 'post',
    path: '/restaurants/:restaurantId/dates/:datesId/actions/close',
    about: {
      kind: 'write',
      operationId: 'closeBusinessDay',
      summary: 'Close a business day now, whatever its hours',
      params: dayPath,
      body: noBody,
      answers: { 200: { description: 'the business day', json: answers.closedBusinessDay } },
      refusals: ['RESTAURANT_NOT_FOUND', 'DATES_NOT_FOUND'],
    },
    handle: (req, res, who) => {
      const { restaurantId, datesId } = parse(dayPath, req.params);
      const actor = ownerAt(who, restaurantId);
      parseBody(noBody, req);
      // Without a due time: the owner closes the day now, whatever its hours.
      const body = { type: 'CloseBusinessDay', datesId, dueAt: null } as const;
      return write(
        req,
        res,
        { restaurantId, actor, body },
        ({ outcome, queue }) => void res.json(closedDay(queue, restaurantId, datesId, outcome.at)),
      );
    },
  },
  readRoute(
    '/restaurants/:restaurantId/queue',
    {
      operationId: 'getQueue',
      summary: "What an owner's tablet shows",
      params: restaurantPath,
      answers: { 200: { description: 'the queue', json: answers.queue } },
      refusals: ['RESTAURANT_NOT_FOUND'],
    },
    async ({ params, who }) => {
      const { restaurantId } = parse(restaurantPath, params);
      requireRestaurant(who, restaurantId);
      const queue = await readQueue(restaurantId);
      const text = queue && queueText(queue);
      if (text === null) throw restaurantNotFound(restaurantId);
      return text;
    },
  ),
  {
    method: 'post',
    path: '/restaurants/:restaurantId/pairings',
    about: {
      kind: 'look',
      operationId: 'pairTablet',
      summary: 'A link for a tablet, which then stands for the owner at this restaurant',
      params: restaurantPath,
      body: noBody,
      answers: { 201: { description: 'what the tablet is opened with', json: answers.pairing } },
      refusals: ['RESTAURANT_NOT_FOUND'],
    },
    handle: async (req, res, who) => {
      const { restaurantId } = parse(restaurantPath, req.params);
      requireRestaurant(who, restaurantId);
      parseBody(noBody, req);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      const { token, expiresAt } = await links.forTablet(restaurantId, queue.pairing);
      const url = pageLinks.owner(req, restaurantId, token);
      res.status(201).json({ restaurantId, token, url, expiresAt: toLocalIso(expiresAt, zoneOf(queue)) });
    },
  },
  wholesale(
    write,
    'RevokePairings',
    '/restaurants/:restaurantId/pairings',
    { operationId: 'revokePairings', summary: 'Revoke the links of all its tablets' },
    'none of them is paired any more',
  ),
];

/** A day just closed. Where the state can't be seen, what the outcome says is all there is: it is closed, and when. */
function closedDay(
  queue: Queue | null,
  restaurantId: number,
  datesId: number,
  at: number,
): answers.ClosedBusinessDayJson {
  const day = queue && dayOf(queue, datesId);
  const closedAt = toLocalIso(day?.closedAt ?? at, zoneOf(queue));
  if (day) return { ...dayJson(restaurantId, day, zoneOf(queue)), closedAt };
  return { restaurantId, datesId, date: null, opensAt: null, closesAt: null, closedAt };
}
