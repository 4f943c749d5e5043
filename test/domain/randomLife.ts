import fc from 'fast-check';
import type { Actor } from '../../src/domain/command.ts';
import { pendingDeadlines } from '../../src/domain/deadlines.ts';
import type { Queue } from '../../src/domain/queue.ts';
import { isActive, type Waiting } from '../../src/domain/waiting.ts';
import { ask, beginning, handled, type Step, type Story } from './specification.ts';
import { hour, minute } from './steps.ts';

import * as steps from './steps.ts';

/**
 * Lives of a restaurant, made of random choices. A choice is read against the queue as it is by then: most of them move
 * some team on or wait for a deadline that runs, so that lives get deep; the rest asks for what makes no sense. Test support.
 */

/**
 * Pause and kind, below 100, and two numbers that tell which and how, without a meaning of their own. Zeros are the
 * plainest choice, which shrinking leads to.
 */
export type Choice = readonly [pause: number, what: number, which: number, how: number];

const percent = fc.noBias(fc.nat(99));
/** A hundred choices. */
export const choices = fc.array(fc.tuple(percent, percent, fc.nat(999), fc.nat(999)), {
  minLength: 100,
  maxLength: 100,
  size: 'max',
});

/** At most so many users, hence teams at a time: enough to fill the queue, few enough to meet again. */
export const users = 8;

/** A life, with what else happens ahead of every choice. */
export const life = (choices: readonly Choice[], meanwhile: Step = (story) => story): Story =>
  choices.reduce((story, choice) => live(meanwhile(story), choice), beginning);

/** Every step of a life with the queue that it found. */
export const stepsOf = ({ trail }: Story): Lived[] =>
  trail.map((step, index) => ({ ...step, before: trail[index - 1]?.handled.queue ?? beginning.queue }));

export type Lived = Story['trail'][number] & { readonly before: Queue };

/** Each kind of choice, and how many of a hundred are of it. */
const wishes: readonly (readonly [number, (story: Story, choice: Choice) => Step])[] = [
  [28, register],
  [28, moveOn],
  [7, meddle],
  [8, trespass],
  [6, timer],
  [4, oldTimer],
  [3, stall],
  [4, repeat],
  [3, businessDay],
  [1, () => steps.revokePairings],
  [6, noShow],
  [1, () => steps.removeAll],
  [1, (_, [, , , how]) => steps.configure({ maxTeams: 2 + (how % 5), maxUserCount: 4 })],
];

function live(story: Story, choice: Choice): Story {
  const later = { ...story, now: story.now + pause(story, choice) };
  let below = 0;
  const wish = wishes.find(([weight]) => choice[1] < (below += weight));
  return wish ? wish[1](later, choice)(later) : later;
}

function pause(story: Story, [pause, , , how]: Choice): number {
  if (pause < 55) return how % 1_000;
  if (pause < 80) return (how % 120) * 1_000;
  if (pause < 88) return Math.max(0, (pendingDeadlines(story.queue)[0]?.deadline ?? story.now) - story.now);
  if (pause < 93) return 16 * minute;
  if (pause < 95) return -minute;
  if (pause < 97) return 3 * hour;
  return pause < 99 ? 25 * hour : 8 * 24 * hour;
}

function register({ queue, now }: Story, [, , which, how]: Choice): Step {
  if (queue.settings === null && how % 4 > 0) return steps.configure({ maxTeams: 5, maxUserCount: 4 });
  const taking = queue.days.filter(
    (day) => day.closedAt === null && day.opensAt <= now && now < day.closesAt,
  );
  const day = pick(taking, which);
  if (!day && how % 3 > 0) return openDay(newestDay(queue) + 1, now, how);
  const datesId = how % 20 === 19 ? newestDay(queue) + (how % 2) : (day?.datesId ?? newestDay(queue));
  return steps.register(1 + (which % users), { datesId, userCount: how % 15 === 14 ? 5 : 1 + (how % 4) });
}

/** What would come next for some team that is not done. */
function moveOn(story: Story, choice: Choice): Step {
  const waiting = pick(story.queue.waitings.filter(isActive), choice[2]);
  return waiting ? next(waiting, choice[3]) : register(story, choice);
}

function next(waiting: Waiting, how: number): Step {
  const n = numberOf(waiting);
  switch (waiting.status) {
    case 'WAITING':
    case 'NO_ANSWER':
      return steps.call(n);
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
      return how % 2 === 0
        ? steps.lapse(n)
        : how % 4 === 1
          ? steps.answer(n, 1 + (how % 15))
          : steps.arrive(n);
    case 'COMMING':
      return waiting.moveTimeOver ? steps.call(n) : how % 4 > 0 ? steps.lapse(n) : steps.arrive(n);
    case 'ARRIVED':
    case 'ENTERED':
    case 'CANCEL':
    case 'OWNER_CANCEL':
    case 'NO_ANSWER2':
      return steps.enter(n);
  }
}

/** Any command about any waiting: known, finished, deleted, never issued, or of another restaurant. */
function meddle({ queue }: Story, [, , which, how]: Choice): Step {
  const known = pick(queue.waitings, which);
  const anyNumber = which % 7 === 6 ? 10_000_001 : which % (queue.lastWaiting + 2);
  const n = known && how % 4 > 0 ? numberOf(known) : anyNumber;
  const commands = [
    steps.call(n),
    steps.call(n, 'FIRST'),
    steps.call(n, 'FINAL'),
    steps.answer(n, which % 18),
    steps.arrive(n),
    steps.enter(n),
    steps.cancel(n),
    steps.cancel(n, 'OWNER', 'no table'),
    steps.remove(n),
  ];
  return pick(commands, how) ?? steps.call(n);
}

const roles = ['CUSTOMER', 'OWNER', 'CUSTOMER', 'SERVICE', 'CUSTOMER', 'SYSTEM'] as const;

/** Any command by anybody: a role that may not send it, a customer whose waiting it is, or one whose it is not. */
function trespass(story: Story, choice: Choice): Step {
  const [, , which, how] = choice;
  const own = pick(story.queue.waitings, which)?.userId;
  const user = how % 2 === 1 && own !== undefined ? own : 1 + ((which + how) % users);
  const actor = { role: pick(roles, which) ?? 'CUSTOMER', id: how % 4 === 0 ? null : String(user) };
  return by(actor, which % 5 === 0 ? register(story, choice) : meddle(story, choice));
}

/** What a step asks last, asked by another actor. */
const by =
  (actor: Actor, step: Step): Step =>
  (story) => {
    const { logged } = step(story).trail.at(-1) ?? {};
    if (!logged) throw new Error('the step asks for nothing');
    const bodyHash = JSON.stringify([logged.bodyHash, actor]);
    return handled(story, { ...logged, bodyHash, command: { ...logged.command, actor } });
  };

/** A deadline that runs, at its time or a little early or late. */
function timer(story: Story, choice: Choice): Step {
  const due = pick(pendingDeadlines(story.queue), choice[2]);
  if (!due) return register(story, choice);
  const instant = Math.max(story.now, due.deadline + (choice[3] % 3) - 1);
  return steps.all(steps.at(instant), ask(due.command));
}

/** A deadline that ran once; it may have passed or been settled since. */
function oldTimer({ trail }: Story, [, , which, how]: Choice): Step {
  const deadlines = trail.flatMap(({ handled }) => pendingDeadlines(handled.queue));
  const { command } = pick(deadlines, which * 31 + how) ?? {};
  return command ? ask(command) : steps.expire(1, 'ANSWER', 0);
}

/** A stall of any time around now, one that has been excused already, or one that is made up. */
function stall({ now }: Story, [, , which, how]: Choice): Step {
  const from = now - (which % 20) * minute + (how % 3) * minute;
  return steps.excuse(from, from + (how % 10) * minute);
}

/** A command that was asked before, by the same id; now and then with another body. */
function repeat({ trail, now }: Story, [, , which, how]: Choice): Step {
  const { logged } = pick(trail, which) ?? {};
  if (!logged) return steps.configure();
  const bodyHash = how % 3 === 2 ? 'another' : logged.bodyHash;
  return (story) => handled(story, { ...logged, bodyHash, appendedAt: now });
}

function businessDay({ queue, now }: Story, [, , which, how]: Choice): Step {
  const datesId = Math.max(1, newestDay(queue) - (which % 3) + (how % 2));
  return how % 3 === 0 ? steps.closeDay(datesId) : openDay(datesId, now, which);
}

const openDay = (datesId: number, now: number, hours: number): Step =>
  steps.openDay({ datesId, opensAt: now - minute, closesAt: now + (1 + (hours % 12)) * hour });

const newestDay = (queue: Story['queue']): number =>
  Math.max(queue.forgottenDatesId, ...queue.days.map((day) => day.datesId));

function noShow({ queue }: Story, [, , which, how]: Choice): Step {
  const about = which % 2 === 0 ? {} : { waitingId: steps.id(which % (queue.lastWaiting + 2)) };
  const commands = [
    steps.noShow(about),
    steps.removeNoShow(which % (queue.lastNoShow + 2)),
    steps.removeAllNoShows,
  ];
  return pick(commands, how) ?? steps.removeAllNoShows;
}

const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % from.length];

const numberOf = (waiting: Waiting): number => waiting.waitingId - steps.id(0);
