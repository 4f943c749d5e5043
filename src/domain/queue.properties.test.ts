import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { life, type Lived, stepsOf } from '../../test/domain/randomLife.ts';
import type { Story } from '../../test/domain/specification.ts';
import { id, minute } from '../../test/domain/steps.ts';
import { estimatedWaitMinutes } from './estimate.ts';
import { waitingOf } from './event.ts';
import { positionOf, positionsOf, type Queue } from './queue.ts';
import type { Waiting } from './waiting.ts';

const percent = fc.noBias(fc.nat(99));
const choice = fc.tuple(percent, percent, fc.nat(999), fc.nat(999));
const choices = fc.array(choice, { minLength: 60, maxLength: 100, size: 'max' });

/** Holds in every life. */
const always = (holds: (story: Story) => void): void =>
  fc.assert(
    fc.property(choices, (each) => holds(life(each))),
    { numRuns: 60 },
  );

/** Holds at every step of every life. */
const everyStep = (holds: (step: Lived, queue: Queue) => boolean): void =>
  always((story) => {
    expect(stepsOf(story).filter((step) => !holds(step, step.handled.queue))).toEqual([]);
  });

const events = (story: Story) => story.trail.flatMap(({ handled }) => handled.events);
const counting = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
const find = (queue: Queue, waitingId: number): Waiting | undefined =>
  queue.waitings.find((each) => each.waitingId === waitingId);

/** The tables of docs/domain.md once more, written without a look at the rules. */
const placeHolding = ['WAITING', 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED'];
const legal: Record<Waiting['status'], readonly Waiting['status'][]> = {
  WAITING: ['FIRST_CALLED', 'ENTERED', 'CANCEL', 'OWNER_CANCEL'],
  FIRST_CALLED: ['COMMING', 'ARRIVED', 'ENTERED', 'CANCEL', 'OWNER_CANCEL', 'NO_ANSWER'],
  FINAL_CALLED: ['COMMING', 'ARRIVED', 'ENTERED', 'CANCEL', 'OWNER_CANCEL', 'NO_ANSWER', 'NO_ANSWER2'],
  COMMING: ['FINAL_CALLED', 'ARRIVED', 'ENTERED', 'CANCEL', 'OWNER_CANCEL'],
  ARRIVED: ['ENTERED', 'CANCEL', 'OWNER_CANCEL'],
  NO_ANSWER: ['FINAL_CALLED', 'ENTERED', 'CANCEL', 'OWNER_CANCEL'],
  ENTERED: [],
  CANCEL: [],
  OWNER_CANCEL: [],
  NO_ANSWER2: [],
};
const done = (waiting: Waiting): boolean => 'finishedAt' in waiting && waiting.finishedAt !== null;

describe('in every life', () => {
  it('ticket numbers are 1, 2, 3 … a business day, in the order of the log', () => {
    always((story) => {
      const registered = events(story).flatMap((event) =>
        event.type === 'WaitingRegistered' ? [event.waiting] : [],
      );
      for (const datesId of new Set(registered.map((each) => each.datesId))) {
        const tickets = registered.filter((each) => each.datesId === datesId).map((each) => each.ticketNo);
        expect(tickets).toEqual(counting(tickets.length));
      }
    });
  });

  it('ids are the next ones, for ever', () => {
    always((story) => {
      const waitings = events(story).flatMap((event) =>
        event.type === 'WaitingRegistered' ? [event.waiting.waitingId] : [],
      );
      const noShows = events(story).flatMap((event) =>
        event.type === 'NoShowRegistered' ? [event.noShow.noShowId] : [],
      );
      expect(waitings).toEqual(counting(waitings.length).map(id));
      expect(noShows).toEqual(counting(noShows.length).map(id));
    });
  });

  it('positions are 1 to k, in ticket order, of those and only those who hold a place', () => {
    everyStep((_, queue) => {
      const holders = queue.waitings.filter((each) => placeHolding.includes(each.status));
      const inOrder = holders.map((each) => each.waitingId).toSorted((a, b) => a - b);
      return queue.waitings.every(({ waitingId }) => {
        const rank = inOrder.indexOf(waitingId) + 1;
        const position = rank === 0 ? null : rank;
        return (
          positionOf(queue, waitingId) === position &&
          (positionsOf(queue).get(waitingId) ?? null) === position
        );
      });
    });
  });

  it('the estimate is a whole number, never negative, and 0 for all but the WAITING', () => {
    everyStep((_, queue) =>
      queue.waitings.every((each) => {
        const minutes = estimatedWaitMinutes(queue, each);
        return Number.isInteger(minutes) && minutes >= 0 && (each.status === 'WAITING' || minutes === 0);
      }),
    );
  });

  it('only legal transitions happen', () => {
    everyStep(({ before }, queue) =>
      queue.waitings.every((each) => {
        const was = find(before, each.waitingId);
        if (!was) return each.status === 'WAITING' && each.waitingId > id(before.lastWaiting);
        return was.status === each.status || legal[was.status].includes(each.status);
      }),
    );
  });

  it('a COMMING is called again only after its move time', () => {
    everyStep(({ before, handled }) =>
      handled.events.every((event) => {
        const was = event.type === 'WaitingCalled' ? find(before, event.waiting.waitingId) : undefined;
        return was?.status !== 'COMMING' || (was.moveTimeOver && was.deadlineAt <= handled.outcome.at);
      }),
    );
  });

  it('finished stays finished: as it was for 15 minutes, then gone', () => {
    everyStep(({ before, handled }, queue) =>
      before.waitings.filter(done).every((was) => {
        const is = find(queue, was.waitingId);
        const deleted = handled.events.some(
          (event) => event.type === 'AllWaitingsDeleted' || event.type === 'WaitingDeleted',
        );
        const old = 'finishedAt' in was && (was.finishedAt ?? 0) + 15 * minute < queue.at;
        return is === undefined ? deleted || old : is === was && !old;
      }),
    );
  });

  it('nobody leaves the queue but by finishing or by deletion, and nobody comes back', () => {
    everyStep(({ before, handled }, queue) =>
      before.waitings
        .filter((was) => !done(was) && !find(queue, was.waitingId))
        .every((was) =>
          handled.events.some(
            (event) =>
              event.type === 'WaitingDeleted' && event.waitingId === was.waitingId && event.live === was,
          ),
        ),
    );
  });

  it('a user waits once', () => {
    everyStep((_, queue) => {
      const waitingUsers = queue.waitings.filter((each) => !done(each)).map((each) => each.userId);
      return new Set(waitingUsers).size === waitingUsers.length;
    });
  });

  it('the queue is never longer than its capacity but by final calls', () => {
    const teams = (queue: Queue): number =>
      queue.waitings.filter((each) => placeHolding.includes(each.status)).length;
    everyStep(({ before, logged: { command } }, queue) => {
      const beyond = teams(queue) > teams(before) && teams(queue) > (queue.settings?.maxTeams ?? 0);
      return (
        !beyond ||
        (command.type === 'CallWaiting' && find(queue, command.waitingId)?.status === 'FINAL_CALLED')
      );
    });
  });

  it('the first unanswered call makes NO_ANSWER, the second NO_ANSWER2 with its no-show', () => {
    always((story) => {
      const lapses = events(story).flatMap((event) => (event.type === 'CallLapsed' ? [event] : []));
      const times = lapses.map(
        ({ waiting }, index) =>
          lapses.slice(0, index + 1).filter((each) => each.waiting.waitingId === waiting.waitingId).length,
      );
      expect(lapses.map(({ waiting }) => waiting.unanswered)).toEqual(times);
      expect(lapses.map(({ waiting }) => waiting.status)).toEqual(
        times.map((time) => (time === 1 ? 'NO_ANSWER' : 'NO_ANSWER2')),
      );
      const noShows = events(story).flatMap((event) =>
        event.type === 'NoShowRegistered' && event.noShow.reason === 'NO_ANSWER' ? [event] : [],
      );
      const second = lapses.filter(({ waiting }) => waiting.status === 'NO_ANSWER2');
      expect(noShows.map(({ noShow, version }) => [noShow.waitingId, version])).toEqual(
        second.map(({ waiting, version }) => [waiting.waitingId, version + 1]),
      );
    });
  });

  it('a customer is told once that the turn is near, and no WAITING one near goes untold', () => {
    always((story) => {
      const near = events(story).filter((event) => event.type === 'TurnNear');
      const told = near.map((event) => waitingOf(event)?.waitingId);
      expect(new Set(told).size).toBe(told.length);
      const atRegistration = events(story).flatMap((event) =>
        event.type === 'WaitingRegistered' && event.position <= 3 ? [event.waiting.waitingId] : [],
      );
      expect(atRegistration.filter((waitingId) => told.includes(waitingId))).toEqual([]);
      const waiting = story.queue.waitings.filter((each) => each.status === 'WAITING');
      const isNear = waiting.filter((each) => (positionOf(story.queue, each.waitingId) ?? 9) <= 3);
      expect(isNear.filter((each) => ![...told, ...atRegistration].includes(each.waitingId))).toEqual([]);
    });
  });
});
