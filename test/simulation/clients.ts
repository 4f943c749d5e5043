/** Owners, customers and kiosks of one simulated run; what they were told is kept for the checks. */
import type { Actor, Command, CommandBody } from '../../src/domain/command.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Queue } from '../../src/domain/queue.ts';
import { Problem } from '../../src/http/problems.ts';
import type { Instance } from './instance.ts';
import { NoAnswerError } from './process.ts';
import type { World } from './world.ts';

/** An outcome that a client was told; its command may have been sent many times. */
export interface Answered {
  readonly command: Command;
  readonly outcome: Outcome;
}

/** A queue as a client saw it, through one ingress. */
interface Seen {
  readonly ingress: string;
  readonly restaurantId: number;
  readonly queue: Queue | null;
}

export interface Clients {
  readonly answered: readonly Answered[];
  readonly seen: readonly Seen[];
  /** What no client should be told. */
  readonly wrong: readonly string[];
  /** How many still wait for an answer, or have not begun. */
  readonly busy: () => number;
  readonly commandId: () => string;
  /** Asks until it is answered; null: gave up. */
  readonly ask: (restaurantId: number, actor: Actor, body: CommandBody) => Promise<Outcome | null>;
}

const trace = {
  correlationId: 'simulated',
  traceparent: '00-00000000000000000000000000000001-0000000000000001-00',
};
/** A client does not wait for ever. */
const patienceMillis = 7_000;

export interface Scenario {
  readonly restaurants: readonly number[];
  readonly teams: number;
  /** While this lasts things go wrong, and clients may give up (virtual ms since the epoch). */
  readonly until: number;
}

export function startClients(world: World, { restaurants, teams, until }: Scenario): Clients {
  const { scheduler } = world;
  const { between, chance, pick, random } = scheduler;
  const answered: Answered[] = [];
  const seen: Seen[] = [];
  const wrong: string[] = [];
  const startedAt = scheduler.now();
  let busy = 0;
  let users = 0;

  const pause = (millis: number): Promise<void> => new Promise((resolve) => scheduler.after(millis, resolve));
  const hex = (digits: number): string =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const commandId = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  const anyInstance = (): Instance | null =>
    world.instances().length === 0 ? null : pick(world.instances());

  async function send(command: Command): Promise<Outcome | null> {
    const instance = anyInstance();
    if (!instance) return null;
    try {
      const submitted = await instance.process.serve(
        () => instance.submit(command, true, trace),
        patienceMillis,
      );
      if (submitted === 'PENDING') return null;
      answered.push({ command, outcome: submitted.outcome });
      return submitted.outcome;
    } catch (error) {
      const known = error instanceof NoAnswerError || (error instanceof Problem && error.status === 503);
      if (!known) wrong.push(`${command.type} ${command.commandId}: ${String(error)}`);
      return null;
    }
  }

  async function ask(restaurantId: number, actor: Actor, body: CommandBody): Promise<Outcome | null> {
    const command: Command = {
      commandId: commandId(),
      restaurantId,
      actor,
      issuedAt: scheduler.now(),
      ...body,
    };
    if (chance(0.05)) void again(command);
    for (;;) {
      const outcome = await send(command);
      if (outcome) return outcome;
      if (scheduler.now() < until && chance(0.05)) return null;
      await pause(between(50, 700));
    }
  }

  /** The same id a second time, at about the same moment; sometimes for something else. */
  async function again(command: Command): Promise<void> {
    await pause(between(0, 400));
    const other = chance(0.3) && command.type === 'RegisterWaiting';
    await send(other ? { ...command, userCount: command.userCount + 1 } : command);
  }

  async function look(restaurantId: number): Promise<void> {
    const instance = anyInstance();
    if (!instance) return;
    const queue = await instance.process
      .serve(() => instance.reader.readQueue(restaurantId), patienceMillis)
      .catch((error: unknown) => {
        const known = error instanceof NoAnswerError || (error instanceof Problem && error.status === 503);
        if (!known) wrong.push(`a look at ${restaurantId}: ${String(error)}`);
        return undefined;
      });
    if (queue !== undefined) seen.push({ ingress: instance.process.name, restaurantId, queue });
  }

  async function owner(restaurantId: number): Promise<void> {
    const actor: Actor = { role: 'OWNER', id: String(restaurantId) };
    const settings = {
      name: `restaurant ${restaurantId}`,
      timeZone: 'Asia/Seoul',
      maxTeams: 3 + Math.floor(random() * 5),
      minUserCount: 1,
      maxUserCount: 4,
      // 10 to 30 s: longer than a stall that counts, so that a deadline with it can be told from one without.
      answerMinutes: 10 + Math.floor(random() * 21),
      maxMoveMinutes: 15,
      minutesPerTeam: 3,
      minuteMillis: 1_000,
    };
    const hour = 60 * 60_000;
    await ask(restaurantId, actor, { type: 'ConfigureRestaurant', settings });
    await ask(restaurantId, actor, {
      type: 'OpenBusinessDay',
      datesId: 1,
      date: '2025-10-02',
      opensAt: startedAt - 5 * hour,
      // A day closes by itself two hours after it stops taking teams.
      closesAt: chance(0.15) ? startedAt - 2 * hour + Math.floor(between(2_000, 20_000)) : startedAt + hour,
    });
    if (chance(0.1)) {
      await pause(between(5_000, 15_000));
      await ask(restaurantId, actor, { type: 'CloseBusinessDay', datesId: 1, dueAt: null });
    }
  }

  /** Another customer, who knows the id: ids are easily guessed. To that one there is no such waiting. */
  async function trespass(restaurantId: number, waitingId: number): Promise<void> {
    const stranger: Actor = { role: 'CUSTOMER', id: 'stranger' };
    const outcome = await ask(restaurantId, stranger, { type: 'CancelWaiting', waitingId, reason: null });
    if (outcome && outcome.rejection?.code !== 'WAITING_NOT_FOUND')
      wrong.push(`a stranger was told ${outcome.rejection?.code ?? 'to have cancelled'} of ${waitingId}`);
  }

  async function team(): Promise<void> {
    const restaurantId = pick(restaurants);
    const userId = chance(0.9) ? (users += 1) : Math.max(1, users);
    const customer: Actor = { role: 'CUSTOMER', id: String(userId) };
    const kitchen: Actor = { role: 'OWNER', id: String(restaurantId) };
    const userCount = 1 + Math.floor(random() * 5);
    const body = { type: 'RegisterWaiting', datesId: 1, userId, userCount } as const;
    const outcome = await ask(restaurantId, customer, body);
    const subject = outcome?.subject;
    if (!subject || !('waiting' in subject)) return;
    const { waitingId } = subject.waiting;
    const steps = 1 + Math.floor(random() * 5);
    for (let step = 0; step < steps; step += 1) {
      await pause(between(50, 3_500));
      if (chance(0.4)) void look(restaurantId);
      if (chance(0.1)) await trespass(restaurantId, waitingId);
      const dice = random();
      if (step === 0 || dice < 0.35)
        await ask(restaurantId, kitchen, { type: 'CallWaiting', waitingId, call: null });
      else if (dice < 0.6)
        await ask(restaurantId, customer, {
          type: 'AnswerCall',
          waitingId,
          moveMinutes: 1 + Math.floor(random() * 16),
        });
      else if (dice < 0.75) await ask(restaurantId, customer, { type: 'MarkArrived', waitingId });
      else if (dice < 0.85) await ask(restaurantId, kitchen, { type: 'MarkEntered', waitingId });
      else if (dice < 0.93)
        await ask(restaurantId, customer, { type: 'CancelWaiting', waitingId, reason: null });
      else if (dice < 0.96) await ask(restaurantId, kitchen, { type: 'DeleteWaiting', waitingId });
      else if (dice < 0.97) await ask(restaurantId, kitchen, { type: 'DeleteAllWaitings' });
      else if (dice < 0.98) await ask(restaurantId, kitchen, { type: 'RevokePairings' });
      else
        await ask(restaurantId, kitchen, {
          type: 'RegisterNoShow',
          userId,
          waitingId,
          datesId: null,
          reason: null,
        });
    }
  }

  const run = async (at: number, life: () => Promise<void>): Promise<void> => {
    busy += 1;
    await pause(at);
    await life();
    busy -= 1;
  };
  for (const restaurantId of restaurants) void run(between(0, 500), () => owner(restaurantId));
  const latest = until - startedAt - 4_000;
  for (let n = 0; n < teams; n += 1) void run(between(800, latest), team);
  return { answered, seen, wrong, busy: () => busy, commandId, ask };
}
