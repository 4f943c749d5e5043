import { describe, expect, test } from '@jest/globals';
import { newestFormats, offlineCodec as codec } from '../../test/codec.ts';
import { given, noon } from '../../test/domain/specification.ts';
import { answer, call, minute, open, registerMany, today } from '../../test/domain/steps.ts';
import { toCommand } from '../schemas/commands.ts';
import { formatsAt } from '../schemas/formats.ts';
import type { Projected } from '../topology/graph.ts';
import { deadlinePunctuator } from './deadlines.ts';
import { queueKey } from './keys.ts';

/** Restaurant 1 with a call that has 10 minutes left, a move of 5 minutes, and an open day. */
const { queue } = given(open(), registerMany(3), call(1), call(2), answer(2, 5)).story;

function observing(formats = newestFormats) {
  const deadlines = deadlinePunctuator(codec, formats, 'decide').open();
  deadlines.observe(queueKey(1), queue);
  return deadlines;
}

const commands = (records: readonly Projected[]) =>
  records.map(({ value }) => toCommand(codec.decode(value)));

describe('the deadlines of a partition', () => {
  test('are sent when they are due by the broker, and say until when they are valid', () => {
    const deadlines = observing();
    expect(deadlines.nextAt()).toBe(noon + 5 * minute);
    expect(deadlines.due(noon + 5 * minute - 1, noon)).toEqual([]);
    const validUntil = noon + 10 * minute + 5_000;
    expect(commands(deadlines.due(noon + 10 * minute, validUntil))).toMatchObject([
      { type: 'ExpireTimer', kind: 'ANSWER', deadline: noon + 10 * minute, validUntil },
      { type: 'ExpireTimer', kind: 'MOVE', deadline: noon + 5 * minute, validUntil },
    ]);
    expect(deadlines.nextAt()).toBe(noon + 10 * minute + 1_000);
  });

  test('begin with the first that is a customer’s time; the closing of a day is nobody’s', () => {
    expect(observing().guardedSince()).toBe(noon);
    const quiet = deadlinePunctuator(codec, newestFormats, 'decide').open();
    quiet.observe(queueKey(1), given(open()).story.queue);
    expect([quiet.guardedSince(), quiet.pending()]).toEqual([null, 1]);
    expect(quiet.nextAt()).toBe(today.closesAt + 120 * minute);
  });

  test('are known to be well by a command that no rule gives an effect', () => {
    const [beat] = commands([observing().beat(noon)]);
    expect(beat).toMatchObject({ type: 'ExpireTimer', restaurantId: 1, waitingId: 10_000_000 });
  });

  test('are extended by a command to each queue that has a customer’s', () => {
    const deadlines = observing();
    expect(commands(deadlines.excuse(noon + 1, noon + minute))).toMatchObject([
      { type: 'ExcuseStall', restaurantId: 1, from: noon + 1, until: noon + minute },
    ]);
    expect(deadlines.excuse(noon - minute, noon)).toEqual([]);
    deadlines.observe(queueKey(1), given(open()).story.queue);
    expect(deadlines.excuse(noon + 1, noon + minute)).toEqual([]);
  });

  test('are only held back, and sent as before, where an older build may read the log', () => {
    const deadlines = observing(formatsAt(() => 0));
    expect(deadlines.excuse(noon + minute, noon + 3 * minute)).toEqual([]);
    expect(deadlines.due(noon + 7 * minute - 1, noon)).toEqual([]);
    expect(commands(deadlines.due(noon + 7 * minute, noon))).toMatchObject([
      { kind: 'MOVE', deadline: noon + 5 * minute, validUntil: null },
    ]);
  });
});
