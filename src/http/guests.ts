/**
 * Guests: whoever stands at the door with a phone, known to nobody. The link on the restaurant's sign (a QR code) lets
 * them see how long the queue is, and join it; what they are answered is the link of their own waiting.
 */
import { createHash } from 'node:crypto';
import qrcode from 'qrcode';
import { z } from 'zod';
import { minutesUntil } from '../domain/estimate.ts';
import { type BusinessDay, isOpenAt, line, type Queue } from '../domain/queue.ts';
import type { Links } from './access/links.ts';
import { requireRestaurant } from './access/principal.ts';
import * as answers from './answers.ts';
import { customer, registrationRefusals, sendRegistered, type Write } from './commands.ts';
import { count, must, parse, parseBody, restaurantPath } from './input.ts';
import type { PageLinks } from './pages/pages.ts';
import { Problem, restaurantNotFound } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import { readRoute, type Route } from './routes.ts';
import { toLocalIso } from './shapes.ts';

/** Users of the platform have ids below it, so that no guest is ever one of them. */
const firstGuest = 2 ** 52;
const guests = 2 ** 52 - 1;

/** Who a browser is at one restaurant: the same each time that it comes back, and somebody else at every other. */
function guestOf(guestId: string, restaurantId: number): number {
  const digest = createHash('sha256').update(`${guestId.toLowerCase()}/${restaurantId}`).digest();
  return firstGuest + Number(digest.readBigUInt64BE() % BigInt(guests));
}

export const isGuest = (userId: number): boolean => userId >= firstGuest;

const joining = z.strictObject({
  guestId: z.uuid(must('must be a UUID')).meta({ description: 'made by the browser, once, at random' }),
  userCount: count,
});

/** The day that takes teams now, else the one that will, else the last: null: there is none at all. */
const dayToShow = ({ days }: Queue, now: number): BusinessDay | null =>
  days.find((day) => isOpenAt(day, now)) ??
  days.find((day) => day.closedAt === null && day.opensAt > now) ??
  days.at(-1) ??
  null;

/** What is to be known before one joins. `now` is this process's clock: what it says of the hours is a hint. */
function summaryText(queue: Queue, now: number): string {
  const { restaurantId, settings } = queue;
  if (!settings) throw restaurantNotFound(restaurantId);
  const day = dayToShow(queue, now);
  const teams = line(queue).length;
  const { timeZone } = settings;
  const summary: answers.SummaryJson = {
    restaurantId,
    name: settings.name,
    timeZone,
    open: day !== null && isOpenAt(day, now),
    datesId: day && day.datesId,
    opensAt: day && toLocalIso(day.opensAt, timeZone),
    closesAt: day && toLocalIso(day.closedAt ?? day.closesAt, timeZone),
    teams,
    maxTeams: settings.maxTeams,
    estimatedWaitMinutes: day ? minutesUntil(queue, settings, day.datesId, teams) : 0,
    minUserCount: settings.minUserCount,
    maxUserCount: settings.maxUserCount,
    answerMinutes: settings.answerMinutes,
    maxMoveMinutes: settings.maxMoveMinutes,
  };
  return JSON.stringify(summary);
}

interface Deps {
  readonly write: Write;
  readonly reader: QueueReader;
  readonly links: Links;
  readonly pageLinks: PageLinks;
  readonly now: () => number;
}

export const guestRoutes = ({
  write,
  reader: { readQueue },
  links,
  pageLinks,
  now,
}: Deps): readonly Route[] => [
  readRoute(
    '/restaurants/:restaurantId/summary',
    {
      operationId: 'getSummary',
      summary: 'What is to be known before one joins the queue',
      params: restaurantPath,
      answers: { 200: { description: 'the queue in short', json: answers.summary } },
      refusals: ['RESTAURANT_NOT_FOUND'],
    },
    async ({ params, who }) => {
      const { restaurantId } = parse(restaurantPath, params);
      requireRestaurant(who, restaurantId);
      const queue = await readQueue(restaurantId);
      if (!queue) throw restaurantNotFound(restaurantId);
      return summaryText(queue, now());
    },
  ),
  {
    method: 'post',
    path: '/restaurants/:restaurantId/guests',
    about: {
      kind: 'write',
      operationId: 'joinQueue',
      summary: "Join the queue as a guest, for the day that is open, with the link of the restaurant's sign",
      params: restaurantPath,
      body: joining,
      answers: { 201: { description: 'the waiting, and what opens it', json: answers.registeredWaiting } },
      refusals: [...registrationRefusals, 'STATE_UNAVAILABLE'],
    },
    handle: async (req, res, who) => {
      const { restaurantId } = parse(restaurantPath, req.params);
      requireRestaurant(who, restaurantId);
      const { guestId, userCount } = parseBody(joining, req);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      // Also of one that is closed: the queue is to say so, and may have an answer that was lost.
      const day = dayToShow(queue, now());
      if (!day) throw new Problem('DATES_NOT_FOUND', `restaurant ${restaurantId} has no business day`);
      const userId = guestOf(guestId, restaurantId);
      const body = { type: 'RegisterWaiting', datesId: day.datesId, userId, userCount } as const;
      await write(req, res, { restaurantId, actor: customer(userId), body }, (accepted) =>
        sendRegistered(links, res, accepted),
      );
    },
  },
  {
    method: 'get',
    path: '/restaurants/:restaurantId/joinLink',
    about: {
      kind: 'look',
      operationId: 'getJoinLink',
      summary: "The link of the restaurant's sign, and its QR code",
      params: restaurantPath,
      answers: { 200: { description: 'what guests open', json: answers.joinLink } },
      refusals: ['RESTAURANT_NOT_FOUND'],
    },
    handle: async (req, res, who) => {
      const { restaurantId } = parse(restaurantPath, req.params);
      requireRestaurant(who, restaurantId);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      const token = await links.forGuests(restaurantId);
      const url = pageLinks.join(req, restaurantId, token);
      res.json({ restaurantId, token, url, qr: await qrcode.toString(url, { type: 'svg', margin: 2 }) });
    },
  },
];
