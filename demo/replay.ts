/**
 * The rules once more, in few lines and from the outside: walks through what a restaurant's two sides were told and
 * says what in it cannot be. It shares no code with the service's own rules, or it would repeat their mistakes.
 */
import type { Notification } from './notifications.ts';

/** A team as the notifications so far tell of it. */
export interface Team {
  readonly waitingId: number;
  readonly userId: number;
  readonly ticketNo: number;
  status: string;
  /** How often each was told, `CANCELLED` with who cancelled. */
  readonly told: Map<string, number>;
  lapses: number;
  near: boolean;
  /** Log time at which the running deadline passes. */
  deadline: number;
  moveTimeOver: boolean;
}

export interface Replayed {
  readonly teams: ReadonlyMap<number, Team>;
  /** What nobody should have been told, or somebody should. */
  readonly wrong: readonly string[];
}

const called = ['FIRST_CALLED', 'FINAL_CALLED'];
const held = ['WAITING', ...called, 'COMMING', 'ARRIVED'];
const active = [...held, 'NO_ANSWER'];

/** From which states, to which, a template tells. */
const transitions: Readonly<Record<string, readonly [from: readonly string[], to: readonly string[]]>> = {
  FIRST_CALL: [['WAITING'], ['FIRST_CALLED']],
  FINAL_CALL: [['NO_ANSWER', 'COMMING'], ['FINAL_CALLED']],
  ANSWERED: [called, ['COMMING']],
  ARRIVED: [[...called, 'COMMING'], ['ARRIVED']],
  ENTERED: [active, ['ENTERED']],
  CANCELLED: [active, ['CANCEL', 'OWNER_CANCEL']],
  NO_ANSWER: [called, ['NO_ANSWER']],
  NO_SHOW: [called, ['NO_ANSWER2']],
  MOVE_TIME_OVER: [['COMMING'], ['COMMING']],
  DEADLINE_EXTENDED: [
    [...called, 'COMMING'],
    [...called, 'COMMING'],
  ],
};

/** From this position on a customer is told that the turn is near. */
const nearPosition = 3;

export function replay(
  restaurantId: number,
  minuteMillis: number,
  notifications: readonly Notification[],
): Replayed {
  const teams = new Map<number, Team>();
  const wrong: string[] = [];
  /** Who is to be told next that the turn is near. */
  let due = new Set<number>();

  const repeats = repeated(notifications.map(({ id }) => id));
  wrong.push(...repeats.map((id) => `restaurant ${restaurantId}: notification ${id} is there twice`));
  const events = Map.groupBy(notifications, ({ version }) => version);
  for (const [version, told] of [...events].sort(([a], [b]) => a - b)) {
    const [first] = told;
    if (!first) continue;
    const about = `restaurant ${restaurantId}, waiting ${first.waitingId}: ${first.template} (version ${version})`;
    const say = (what: string): void => void wrong.push(`${about} ${what}`);
    const sides = told.map(({ recipient }) => recipient).sort();
    const both = first.template === 'TURN_NEAR' ? 'CUSTOMER' : 'CUSTOMER,OWNER';
    if (sides.join() !== both) say(`was told to ${sides.join()}, not to ${both}`);
    if (new Set(told.map(({ template, waitingId, status }) => `${template}/${waitingId}/${status}`)).size > 1)
      say('is not the same to both sides');
    const customer = told.find(({ recipient }) => recipient === 'CUSTOMER');
    const owner = told.find(({ recipient }) => recipient === 'OWNER');
    if (owner && owner.recipientId !== String(restaurantId)) say(`was told to owner ${owner.recipientId}`);
    if (!customer) continue;
    tell(customer, say);
  }
  for (const waitingId of due) {
    wrong.push(`restaurant ${restaurantId}, waiting ${waitingId}: was not told that the turn is near`);
  }
  return { teams, wrong };

  function tell(customer: Notification, say: (what: string) => void): void {
    const { template, waitingId, status, ticketNo, recipientId } = customer;
    const known = teams.get(waitingId);
    if (template === 'TURN_NEAR') {
      if (!due.delete(waitingId)) say('was told to a team that is not near, or was told before');
      else if (known) count(known, template);
      return;
    }
    for (const missed of due) say(`came before waiting ${missed} was told that the turn is near`);
    if (template === 'REGISTERED') {
      const team = newTeam(customer);
      if (known) say('was told before');
      teams.set(waitingId, team);
      const position = line().length;
      team.near = position <= nearPosition;
      if (ticketNo !== teams.size) say(`has ticket ${ticketNo}, not ${teams.size}`);
      if (customer.position !== position) say(`has position ${String(customer.position)}, not ${position}`);
    } else if (!known) {
      say('is of a team that was never registered');
    } else {
      if (recipientId !== String(known.userId)) say(`was told to user ${recipientId}, not ${known.userId}`);
      if (ticketNo !== known.ticketNo) say(`has ticket ${ticketNo}, not ${known.ticketNo}`);
      move(known, customer, say);
      count(known, template === 'CANCELLED' ? `${template} ${status}` : template);
    }
    due = new Set();
    for (const [n, team] of line().entries()) {
      if (n >= nearPosition || team.near || team.status !== 'WAITING') continue;
      team.near = true;
      due.add(team.waitingId);
    }
  }

  function line(): Team[] {
    return [...teams.values()]
      .filter(({ status }) => held.includes(status))
      .sort((a, b) => a.waitingId - b.waitingId);
  }

  function move(team: Team, customer: Notification, say: (what: string) => void): void {
    const { template, status, at } = customer;
    const [from, to] = transitions[template] ?? [[], []];
    if (!from.includes(team.status) || !to.includes(status)) say(`led from ${team.status} to ${status}`);
    if (template === 'FIRST_CALL' || template === 'FINAL_CALL') {
      if (team.status === 'COMMING' && !team.moveTimeOver) say('came before the move time was over');
      team.deadline = customer.deadlineAt ?? Infinity;
      team.moveTimeOver = false;
    } else if (template === 'DEADLINE_EXTENDED') {
      team.deadline = customer.deadlineAt ?? Infinity;
    } else if (template === 'ANSWERED') {
      team.deadline = at + (customer.moveMinutes ?? 0) * minuteMillis;
    } else if (template === 'NO_ANSWER' || template === 'NO_SHOW' || template === 'MOVE_TIME_OVER') {
      if (at < team.deadline) say(`came ${team.deadline - at} ms before the deadline`);
      if (template === 'MOVE_TIME_OVER') {
        if (team.moveTimeOver) say('was told before');
        team.moveTimeOver = true;
      } else {
        team.lapses += 1;
        if (team.lapses !== (template === 'NO_ANSWER' ? 1 : 2)) say(`is lapse ${team.lapses}`);
      }
    }
    team.status = status;
  }
}

const newTeam = ({ waitingId, recipientId, ticketNo, status }: Notification): Team => ({
  waitingId,
  userId: Number(recipientId),
  ticketNo,
  status,
  told: new Map([['REGISTERED', 1]]),
  lapses: 0,
  near: false,
  deadline: Infinity,
  moveTimeOver: false,
});

const count = ({ told }: Team, template: string): void =>
  void told.set(template, (told.get(template) ?? 0) + 1);

function repeated<T>(values: readonly T[]): T[] {
  const seen = new Set<T>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
