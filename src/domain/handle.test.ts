import { describe, expect, it } from '@jest/globals';
import { commandId, given, noon } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  at,
  call,
  closeDay,
  enter,
  hour,
  minute,
  noShow,
  open,
  register,
  registerMany,
} from '../../test/domain/steps.ts';

describe('log time', () => {
  it('is the broker’s append time', () => {
    const { queue, outcome, events } = given(open(), at(noon + hour)).when(register(1));
    expect([queue.at, outcome.at, events[0]?.at]).toEqual([noon + hour, noon + hour, noon + hour]);
  });

  it('never goes back, though a broker’s clock may', () => {
    const { queue, outcome, waiting } = given(open(), at(noon + hour), register(1), at(noon)).when(call(1));
    expect([queue.at, outcome.at]).toEqual([noon + hour, noon + hour]);
    expect(waiting(1)).toMatchObject({ calledAt: noon + hour, deadlineAt: noon + hour + 10 * minute });
  });

  it('goes on with a refused command, and with a timer that changes nothing', () => {
    expect(given(open(), after(minute)).when(call(1)).queue.at).toBe(noon + minute);
    expect(given(open(), after(minute)).when(closeDay(1, noon)).queue.at).toBe(noon + minute);
  });
});

describe('events', () => {
  it('are numbered without a gap, and carry restaurant and time', () => {
    const { events, outcome, queue } = given(open(), registerMany(5), after(minute)).when(enter(1));
    expect(events).toMatchObject([
      { type: 'WaitingEntered', restaurantId: 1, version: 8, at: noon + minute },
      { type: 'TurnNear', restaurantId: 1, version: 9, at: noon + minute },
    ]);
    expect([outcome.version, queue.version]).toEqual([9, 9]);
  });
});

describe('an outcome', () => {
  it('names its command, its queue and the version after it', () => {
    const { outcome, story } = given(open()).when(register(1));
    const id = commandId(story.trail.length - 1);
    expect(outcome).toMatchObject({ commandId: id, restaurantId: 1, at: noon, version: 3, rejection: null });
  });

  it('of a refusal has a code, a sentence and the version as it was', () => {
    const { outcome } = given(open(), register(1)).when(answer(1));
    expect(outcome).toMatchObject({ version: 3, subject: null });
    expect(outcome.rejection).toEqual({
      code: 'INVALID_TRANSITION',
      detail: 'waiting 10000001 is WAITING and cannot be answered',
    });
  });

  it('of a command about no waiting and no new no-show has no subject', () => {
    expect(given(open(), register(1), noShow()).when(closeDay()).outcome.subject).toBeNull();
  });
});
