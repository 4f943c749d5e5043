/**
 * What is there, against what was done. A write that was answered 2xx has taken effect exactly once; one that was never
 * answered, because the demo or the service was killed for good, may or may not have; a refused one has not. Deadlines
 * pass by themselves, so a waiting that was left open may have lapsed since: then both sides were told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Client } from './client.ts';
import { type Kept, readHistory } from './history.ts';
import type { Notifications } from './notifications.ts';
import type { Run, Step } from './record.ts';
import { replay, type Team } from './replay.ts';
import { finished, path } from './rush.ts';

export interface Checked {
  readonly wrong: readonly string[];
  /** Waitings by state. */
  readonly states: ReadonlyMap<string, number>;
  readonly noShows: number;
  readonly notifications: number;
}

export interface Sources {
  readonly client: Client;
  readonly notifications: Notifications;
  readonly databaseUrl: string;
}

/** What a step tells, and what its answer shows. */
const effects: Readonly<Record<Step, readonly [told: string, state: string]>> = {
  REGISTER: ['REGISTERED', 'WAITING'],
  FIRST_CALL: ['FIRST_CALL', 'FIRST_CALLED'],
  FINAL_CALL: ['FINAL_CALL', 'FINAL_CALLED'],
  ANSWER: ['ANSWERED', 'COMMING'],
  ARRIVE: ['ARRIVED', 'ARRIVED'],
  ENTER: ['ENTERED', 'ENTERED'],
  CANCEL: ['CANCELLED CANCEL', 'CANCEL'],
  TURN_AWAY: ['CANCELLED OWNER_CANCEL', 'OWNER_CANCEL'],
};

const waiting = z.object({
  waitingId: z.int(),
  userId: z.int(),
  ticketNo: z.int(),
  status: z.string(),
});
const noShow = z.object({ waitingId: z.int().nullable(), userId: z.int(), reason: z.string().nullable() });

/**
 * Looks again while something differs, until the patience is over: history follows a little behind, and deadlines of
 * open waitings may pass between two reads.
 */
export async function check(run: Run, sources: Sources, patienceMillis: number): Promise<Checked> {
  const end = Date.now() + patienceMillis;
  for (;;) {
    const checked = await look(run, sources);
    if (checked.wrong.length === 0 || Date.now() > end) return checked;
    await sleep(1_000);
  }
}

async function look(run: Run, { client, notifications, databaseUrl }: Sources): Promise<Checked> {
  const { restaurants, minuteMillis } = run.script;
  const ids = restaurants.map(({ restaurantId }) => restaurantId);
  const told = Map.groupBy(await notifications.read(run.offsets, new Set(ids)), (each) => each.restaurantId);
  const kept = await readHistory(databaseUrl, ids).catch((error: unknown) => String(error));
  const wrong: string[] = typeof kept === 'string' ? [`history could not be read: ${kept}`] : [];
  const states = new Map<string, number>();
  let noShows = 0;
  for (const restaurantId of ids) {
    const replayed = replay(restaurantId, minuteMillis, told.get(restaurantId) ?? []);
    const teams = [...replayed.teams.values()];
    wrong.push(...replayed.wrong);
    wrong.push(...compareSteps(run, restaurantId, replayed.teams));
    const shown = await all(client, `/waitings?restaurantId=${restaurantId}`, waiting);
    const shownNoShows = await all(client, `/noShows?restaurantId=${restaurantId}`, noShow);
    wrong.push(...(await compareReads(client, restaurantId, teams, shown, shownNoShows)));
    if (typeof kept !== 'string') wrong.push(...compareHistory(restaurantId, teams, kept));
    for (const { status } of shown) states.set(status, (states.get(status) ?? 0) + 1);
    noShows += shownNoShows.length;
  }
  return { wrong, states, noShows, notifications: [...told.values()].flat().length };
}

/** Every page of a list. */
async function all<T>(client: Client, list: string, shape: z.ZodType<T>): Promise<T[]> {
  const page = z.object({ items: z.array(shape), nextCursor: z.string().nullable() });
  const items: T[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await client.read(`${list}&limit=50${cursor}`);
    if (status === 404) return items;
    const read = page.parse(body);
    items.push(...read.items);
    if (read.nextCursor === null) return items;
    cursor = `&cursor=${read.nextCursor}`;
  }
}

/** What was asked and answered, against what both sides were told. */
function compareSteps(run: Run, restaurantId: number, teams: ReadonlyMap<number, Team>): string[] {
  const wrong: string[] = [];
  const steps = run.steps.filter((step) => step.restaurantId === restaurantId);
  const byUser = Map.groupBy(teams.values(), ({ userId }) => userId);
  for (const [userId, own] of Map.groupBy(steps, (step) => step.userId)) {
    const say = (what: string): void =>
      void wrong.push(`restaurant ${restaurantId}, user ${userId}: ${what}`);
    const [team, ...more] = byUser.get(userId) ?? [];
    byUser.delete(userId);
    if (more.length > 0) say(`has ${more.length + 1} waitings`);
    for (const { step, answer } of own) {
      if (!answer || answer.status >= 300) continue;
      const [, state] = effects[step];
      if (answer.state !== state) say(`${step} answered ${String(answer.state)}, not ${state}`);
      if (answer.waitingId !== team?.waitingId || answer.ticketNo !== team.ticketNo) {
        say(
          `${step} answered waiting ${String(answer.waitingId)} with ticket ${String(answer.ticketNo)}, but both sides were told of ${team ? `${team.waitingId} with ticket ${team.ticketNo}` : 'none'}`,
        );
      }
    }
    for (const [step, [template]] of Object.entries(effects)) {
      const taken = own.filter((each) => each.step === step);
      const least = taken.filter(({ answer }) => answer !== null && answer.status < 300).length;
      const most = least + taken.filter(({ answer }) => answer === null).length;
      const count = team?.told.get(template) ?? 0;
      if (count < least || count > most) {
        say(`${step} was acknowledged ${least} times, but ${template} was told ${count} times`);
      }
    }
    if (!run.ended) continue;
    if (team && !finished.has(team.status)) say(`the demo ended, but the waiting is ${team.status}`);
    if (!team && own.some(({ answer }) => answer?.code !== 'QUEUE_FULL'))
      say('was not refused, and has no waiting');
  }
  for (const [userId] of byUser) wrong.push(`restaurant ${restaurantId}: user ${userId} never registered`);
  return wrong;
}

/** What both sides were told, against what the service shows: the lists, every waiting by itself, no-shows. */
async function compareReads(
  client: Client,
  restaurantId: number,
  teams: readonly Team[],
  shown: readonly z.infer<typeof waiting>[],
  noShows: readonly z.infer<typeof noShow>[],
): Promise<string[]> {
  const wrong = compareTeams(`GET /waitings of restaurant ${restaurantId}`, teams, shown);
  const tickets = shown.map(({ ticketNo }) => ticketNo);
  if (tickets.some((ticketNo, n) => ticketNo !== n + 1)) {
    wrong.push(`${path(restaurantId)}: tickets are not 1 to ${tickets.length}: ${tickets.join(', ')}`);
  }
  const reads = await Promise.all(
    teams.map(async ({ waitingId }) => {
      const { status, body } = await client.read(`/waitings/${waitingId}`);
      const parsed = waiting.safeParse(body);
      if (status === 200 && parsed.success) return [parsed.data];
      wrong.push(`GET /waitings/${waitingId}: ${status} ${JSON.stringify(body)}`);
      return [];
    }),
  );
  wrong.push(...compareTeams('GET /waitings/{waitingId}', teams, reads.flat()));
  const reasons = new Set(noShows.map(({ reason }) => reason));
  if (noShows.length > 0 && [...reasons].join() !== 'NO_ANSWER') {
    wrong.push(`restaurant ${restaurantId}: no-shows for ${[...reasons].join()}`);
  }
  wrong.push(...compareNoShows(`GET /noShows of restaurant ${restaurantId}`, teams, noShows));
  return wrong;
}

function compareHistory(restaurantId: number, teams: readonly Team[], kept: Kept): string[] {
  const ours = ({ restaurant_id }: { readonly restaurant_id: number }): boolean =>
    restaurant_id === restaurantId;
  const rows = kept.waitings.filter(ours).map((row) => ({
    waitingId: row.waiting_id,
    userId: row.user_id,
    ticketNo: row.ticket_no,
    status: row.status,
  }));
  const noShows = kept.noShows
    .filter(ours)
    .map(({ waiting_id, user_id }) => ({ waitingId: waiting_id, userId: user_id }));
  const where = `history of restaurant ${restaurantId}`;
  const wrong = [...compareTeams(where, teams, rows), ...compareNoShows(where, teams, noShows)];
  const events = kept.events.find(ours);
  if (events && events.events !== events.newest) {
    wrong.push(`${where}: ${events.events} events, the newest of version ${events.newest}`);
  }
  return wrong;
}

const compareTeams = (
  where: string,
  teams: readonly Team[],
  shown: readonly z.infer<typeof waiting>[],
): string[] =>
  differences(where, teams, shown, ({ waitingId, userId, ticketNo, status }) => [
    `waiting ${waitingId}`,
    `ticket ${ticketNo} of user ${userId}, ${status}`,
  ]);

/** Every second lapse is a no-show, and nothing else is. */
const compareNoShows = (
  where: string,
  teams: readonly Team[],
  shown: readonly { readonly waitingId: number | null; readonly userId: number }[],
): string[] =>
  differences<{ readonly waitingId: number | null; readonly userId: number }>(
    where,
    teams.filter(({ status }) => status === 'NO_ANSWER2'),
    shown,
    ({ waitingId, userId }) => [`no-show of waiting ${String(waitingId)}`, `user ${userId}`],
  );

function differences<T>(
  where: string,
  told: readonly T[],
  shown: readonly T[],
  describe: (each: T) => readonly [what: string, how: string],
): string[] {
  const left = new Map(told.map(describe));
  const wrong: string[] = [];
  for (const [what, how] of shown.map(describe)) {
    const expected = left.get(what);
    left.delete(what);
    if (expected !== how)
      wrong.push(`${where}: ${what} is ${how}; told was ${expected ?? 'nothing, or it is there twice'}`);
  }
  for (const [what, how] of left) wrong.push(`${where}: ${what} is missing; told was ${how}`);
  return wrong;
}
