import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { life, stepsOf, users } from '../../test/domain/randomLife.ts';
import { ask, beginning, handled, type Step, type Story } from '../../test/domain/specification.ts';
import { all } from '../../test/domain/steps.ts';
import { pendingDeadlines } from './deadlines.ts';
import { seatingsKept } from './estimate.ts';
import { evolve } from './evolve.ts';
import { isRemembered, type Logged } from './handle.ts';
import { forget, freshMillis, type Queue, reopenMillis } from './queue.ts';

const percent = fc.noBias(fc.nat(99));
const choice = fc.tuple(percent, percent, fc.nat(999), fc.nat(999));
const choices = fc.array(choice, { minLength: 60, maxLength: 100, size: 'max' });

/** Holds in every life. */
const always = (holds: (story: Story) => void): void =>
  fc.assert(
    fc.property(choices, (each) => holds(life(each))),
    { numRuns: 60 },
  );

const replayed = (log: readonly Logged[]): Story => log.reduce(handled, beginning);
const logOf = (story: Story): Logged[] => story.trail.map(({ logged }) => logged);
const bytes = (story: Story): string => JSON.stringify([story.queue, [...story.buckets]]);
const told = (story: Story): string =>
  JSON.stringify(story.trail.map(({ handled: { events, outcome } }) => [events, outcome]));
const onlyOlder = (queue: Queue, at: number): Queue => ({ ...forget(queue, at), at });

describe('in every life', () => {
  it('the commands again make the same state, byte for byte, and the same outcomes', () => {
    always((story) => {
      const again = replayed(logOf(story));
      expect(bytes(again)).toBe(bytes(story));
      expect(told(again)).toBe(told(story));
    });
  });

  it('the events alone make the same state but for `decided` and `at`, which commands without events move, too', () => {
    always((story) => {
      const events = story.trail.flatMap(({ handled }) => handled.events);
      const { at, decided } = story.queue;
      expect({ ...forget(events.reduce(evolve, beginning.queue), at), at, decided }).toEqual(story.queue);
    });
  });

  it('every command twice is as good as once', () => {
    always((story) => {
      const twice = replayed(logOf(story).flatMap((logged) => [logged, logged]));
      expect(bytes(twice)).toBe(bytes(story));
      const seconds = twice.trail.filter((_, index) => index % 2 === 1);
      expect(seconds.flatMap(({ handled }) => handled.events)).toEqual([]);
      const remembered = ({ logged }: { logged: Logged }): boolean => isRemembered(logged.command);
      expect(seconds.filter(remembered).map(({ handled }) => handled.outcome)).toEqual(
        story.trail.filter(remembered).map(({ handled }) => handled.outcome),
      );
    });
  });

  it('versions are 1, 2, 3 …, and log time never goes back', () => {
    always((story) => {
      const events = story.trail.flatMap(({ handled }) => handled.events);
      expect(events.map((event) => event.version)).toEqual(events.map((_, index) => index + 1));
      expect(story.queue.version).toBe(events.length);
      const wrong = stepsOf(story).filter(
        ({ before, handled: { queue, events } }) =>
          queue.at < before.at || events.some((event) => event.at !== queue.at),
      );
      expect(wrong).toEqual([]);
    });
  });

  it('a refusal changes nothing', () => {
    always((story) => {
      for (const { before, handled } of stepsOf(story)) {
        if (handled.outcome.rejection === null || handled.queue === before) continue;
        const { at, decided } = handled.queue;
        expect(handled.events).toEqual([]);
        expect(handled.queue).toEqual({ ...onlyOlder(before, at), decided });
      }
    });
  });

  it('a timer that passed, was overtaken, or is early changes nothing', () => {
    always((story) => {
      const deadlines = story.trail.flatMap(({ handled }) => pendingDeadlines(handled.queue));
      const running = new Set(pendingDeadlines(story.queue).map(({ command }) => JSON.stringify(command)));
      const early = ({ deadline }: { deadline: number }): boolean => deadline > story.queue.at;
      const idle = deadlines.filter((each) => early(each) || !running.has(JSON.stringify(each.command)));
      const unchanged = JSON.stringify(onlyOlder(story.queue, story.queue.at));
      for (const { command } of new Map(idle.map((each) => [JSON.stringify(each.command), each])).values()) {
        const after = ask(command)({ ...story, now: story.queue.at });
        expect(JSON.stringify(after.queue)).toBe(unchanged);
      }
    });
  });

  it('a deadline that runs passes once, by the command that it names', () => {
    always((story) => {
      for (const { deadline, since, command } of pendingDeadlines(story.queue)) {
        expect(since ?? deadline).toBeLessThanOrEqual(deadline);
        const due: Story = { ...story, now: Math.max(deadline, story.queue.at) };
        const passed = ask(command)(due);
        expect(passed.queue.version).toBeGreaterThan(story.queue.version);
        expect(pendingDeadlines(passed.queue).map((each) => each.command)).not.toContainEqual(command);
        expect(ask(command)(passed).queue).toEqual(passed.queue);
      }
    });
  });
});

describe('in a long life whose timers are punctual', () => {
  const dueNow: Step = (story) =>
    all(
      ...pendingDeadlines(story.queue)
        .filter(({ deadline }) => deadline <= story.now)
        .map(({ command }) => ask(command)),
    )(story);
  const lives = fc.array(choice, { minLength: 2_000, maxLength: 2_000, size: 'max' });
  const [long = []] = fc.sample(lives, { seed: 7, numRuns: 1 });
  const story = life(long, dueNow);

  it('the state holds nothing older than the rules say', () => {
    for (const { handled } of story.trail) {
      const { at, ...queue } = forget(handled.queue, handled.queue.at);
      const active = queue.waitings.filter((each) => !('finishedAt' in each) || each.finishedAt === null);
      const instants = [
        ...queue.waitings.flatMap((each) => ('finishedAt' in each ? (each.finishedAt ?? []) : [])),
        ...queue.noShows.map((each) => each.createdAt),
        ...[...queue.deletedWaitings, ...queue.deletedNoShows].map((each) => each.at),
      ];
      expect(active.length).toBeLessThanOrEqual(users);
      expect(instants.every((instant) => at - instant <= freshMillis)).toBe(true);
      expect(queue.days.every(({ closedAt }) => closedAt === null || at - closedAt <= reopenMillis)).toBe(
        true,
      );
      expect(queue.days.every(({ seatings }) => seatings.length <= seatingsKept)).toBe(true);
    }
  });

  it('the state does not grow with its history', () => {
    const sizes = story.trail.map(({ handled }) => JSON.stringify(handled.queue).length);
    expect(story.queue.version).toBeGreaterThan(1_500);
    expect(Math.max(...sizes)).toBeLessThan(20_000);
  });
});
