import { describe, expect, it } from '@jest/globals';
import { ask, given, noon, type Step } from '../../test/domain/specification.ts';
import {
  after,
  all,
  call,
  closeDay,
  enter,
  expire,
  hour,
  lapse,
  minute,
  noShow,
  open,
  register,
  today,
} from '../../test/domain/steps.ts';
import type { CommandBody } from './command.ts';
import { bucketOf } from './handle.ts';

const day = 24 * hour;
const mine = '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10';
const body = (userId: number): CommandBody => ({ type: 'RegisterWaiting', datesId: 1, userId, userCount: 2 });
/** A registration under my own command id. */
const once = (userId = 1): Step => ask(body(userId), { id: mine });

describe('the same command again', () => {
  it('is answered with the first outcome, whatever happened since, and changes nothing', () => {
    const first = given(open()).when(once());
    const later = given(() => first.story, register(2), enter(1), after(hour));
    const again = later.when(once());
    expect(again.outcome).toBe(first.outcome);
    expect(again.outcome).toMatchObject({
      at: noon,
      subject: { position: 1, waiting: { status: 'WAITING' } },
    });
    expect(again.events).toEqual([]);
    expect(again.queue).toBe(later.story.queue);
  });

  it('is answered with the first refusal, although it would be accepted now', () => {
    const first = given().when(once());
    expect(first.refused).toBe('RESTAURANT_NOT_FOUND');
    expect(all(open(), once())(first.story).trail.at(-1)?.handled.outcome).toBe(first.outcome);
  });

  it('with another body is COMMAND_REUSED and changes nothing', () => {
    const before = given(open(), once());
    const reused = before.when(once(2));
    expect([reused.refused, reused.events, reused.outcome.subject]).toEqual(['COMMAND_REUSED', [], null]);
    expect(reused.queue).toBe(before.story.queue);
  });

  it('is still answered with its first outcome after a misuse of its id', () => {
    const first = given(open()).when(once());
    const { story } = given(() => first.story).when(once(2));
    expect(once()(story).trail.at(-1)?.handled.outcome).toBe(first.outcome);
  });

  it('under another id is another command', () => {
    expect(given(open(), once()).when(register(1)).refused).toBe('ALREADY_WAITING');
  });
});

describe('a command is remembered', () => {
  const late = openFor(2 * day);

  it.each([
    ['for 24 hours', day, 0],
    ['not a millisecond longer', day + 1, 1],
  ])('%s of log time', (_, later, events) => {
    expect(given(late, once(), enter(1), after(later)).when(once()).events).toHaveLength(events);
  });

  it.each([
    ['through 999 later commands', 999, 0],
    ['not after 1,000', 1_000, 1],
  ])('%s', (_, count, events) => {
    const others = Array.from({ length: count - 1 }, () => noShow());
    expect(given(open(), once(), enter(1), ...others).when(once()).events).toHaveLength(events);
  });

  it('and refused ones count among the thousand', () => {
    const others: Step[] = Array.from({ length: 1_000 }, () => register(1));
    const { story } = given(open(), once());
    const again = once()(all(...others)(story));
    expect(again.trail.at(-1)?.handled.outcome.rejection?.code).toBe('ALREADY_WAITING');
  });

  it('but timers are not, nor do they push others out', () => {
    const before = given(open(), register(1), call(1));
    const timers = [expire(1, 'MOVE', noon), closeDay(1, today.closesAt), lapse(1), closeDay(1, noon)];
    const { story } = given(() => before.story, ...timers);
    expect(story.queue.decided).toBe(before.story.queue.decided);
    expect(story.trail.slice(-4).every(({ handled }) => handled.bucket.length < 1)).toBe(true);
  });
});

describe('the memory', () => {
  it('keeps what happened at most a thousand commands and a day ago in a bucket that is written', () => {
    const full = given(open(), ...Array.from({ length: 2_000 }, () => noShow())).story;
    const entries = [...full.buckets.values()].flat();
    expect(entries.length).toBeLessThanOrEqual(1_000 + 128);
    const [bucket] = full.trail.slice(-1).map(({ handled }) => handled.bucket);
    expect(bucket?.every((entry) => entry.seq > full.queue.decided - 1_000)).toBe(true);
    const dayAfter = given(() => full, after(day + minute)).when(noShow());
    expect(dayAfter.bucket).toHaveLength(1);
  });

  it('spreads ids over 128 buckets', () => {
    const ids = Array.from(
      { length: 256 },
      (_, n) => `${mine.slice(0, -2)}${n.toString(16).padStart(2, '0')}`,
    );
    expect(new Set(ids.map(bucketOf))).toEqual(new Set(Array.from({ length: 128 }, (_, n) => n)));
  });
});

/** A day that stays open for so long. */
function openFor(millis: number): Step {
  return all(open(), ask({ type: 'OpenBusinessDay', ...today, closesAt: noon + millis }));
}
