import { describe, expect, it } from '@jest/globals';
import { given, type Step, type Then } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  arrive,
  call,
  cancel,
  closeDay,
  enter,
  expire,
  lapse,
  minute,
  open,
  register,
  remove,
} from '../../test/domain/steps.ts';

/**
 * Every command in every state, to be held against the tables of docs/domain.md. A cell is the state it leads to, `gone` for
 * out of the queue, the code of the refusal, or `-` where it is accepted and changes nothing.
 */
const matrix = `
  state              | call               | call FIRST         | call FINAL         | answer 10          | answer 16
  WAITING            | FIRST_CALLED       | FIRST_CALLED       | INVALID_TRANSITION | INVALID_TRANSITION | MOVE_TIME
  FIRST_CALLED       | CALL_PENDING       | CALL_PENDING       | CALL_PENDING       | COMMING            | MOVE_TIME
  FINAL_CALLED       | CALL_PENDING       | CALL_PENDING       | CALL_PENDING       | COMMING            | MOVE_TIME
  FINAL after move   | CALL_PENDING       | CALL_PENDING       | CALL_PENDING       | COMMING            | MOVE_TIME
  COMMING            | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | MOVE_TIME
  COMMING too long   | FINAL_CALLED       | INVALID_TRANSITION | FINAL_CALLED       | INVALID_TRANSITION | MOVE_TIME
  ARRIVED            | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | MOVE_TIME
  NO_ANSWER          | FINAL_CALLED       | INVALID_TRANSITION | FINAL_CALLED       | CALL_LAPSED        | CALL_LAPSED
  NO_ANSWER dismissed| INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | CALL_LAPSED        | CALL_LAPSED
  NO_ANSWER2         | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | CALL_LAPSED        | CALL_LAPSED
  ENTERED            | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | MOVE_TIME
  CANCEL             | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | MOVE_TIME
  OWNER_CANCEL       | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | MOVE_TIME
  forgotten          | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION
  deleted            | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND
  never issued       | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND

  state              | arrive             | enter              | customer cancels   | owner cancels      | delete
  WAITING            | INVALID_TRANSITION | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  FIRST_CALLED       | ARRIVED            | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  FINAL_CALLED       | ARRIVED            | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  FINAL after move   | ARRIVED            | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  COMMING            | ARRIVED            | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  COMMING too long   | ARRIVED            | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  ARRIVED            | INVALID_TRANSITION | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  NO_ANSWER          | INVALID_TRANSITION | ENTERED            | CANCEL             | OWNER_CANCEL       | gone
  NO_ANSWER dismissed| INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | gone
  NO_ANSWER2         | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | gone
  ENTERED            | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | gone
  CANCEL             | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | gone
  OWNER_CANCEL       | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | gone
  forgotten          | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | INVALID_TRANSITION | gone
  deleted            | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | -
  never issued       | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND  | WAITING_NOT_FOUND

  state              | answer time is out | move time is out   | day closes         | day closing is out
  WAITING            | -                  | -                  | OWNER_CANCEL       | -
  FIRST_CALLED       | NO_ANSWER          | -                  | OWNER_CANCEL       | -
  FINAL_CALLED       | NO_ANSWER2         | -                  | OWNER_CANCEL       | -
  FINAL after move   | NO_ANSWER          | -                  | OWNER_CANCEL       | -
  COMMING            | -                  | COMMING            | OWNER_CANCEL       | -
  COMMING too long   | -                  | -                  | OWNER_CANCEL       | -
  ARRIVED            | -                  | -                  | ENTERED            | -
  NO_ANSWER          | -                  | -                  | NO_ANSWER          | -
  NO_ANSWER dismissed| -                  | -                  | -                  | -
  NO_ANSWER2         | -                  | -                  | -                  | -
  ENTERED            | -                  | -                  | -                  | -
  CANCEL             | -                  | -                  | -                  | -
  OWNER_CANCEL       | -                  | -                  | -                  | -
  forgotten          | -                  | -                  | -                  | -
  deleted            | -                  | -                  | -                  | -
  never issued       | -                  | -                  | -                  | -
`;

const histories: Record<string, readonly Step[]> = {
  WAITING: [register(1)],
  FIRST_CALLED: [register(1), call(1)],
  FINAL_CALLED: [register(1), call(1), lapse(1), call(1)],
  'FINAL after move': [register(1), call(1), answer(1), lapse(1), call(1)],
  COMMING: [register(1), call(1), answer(1)],
  'COMMING too long': [register(1), call(1), answer(1), lapse(1)],
  ARRIVED: [register(1), call(1), arrive(1)],
  NO_ANSWER: [register(1), call(1), lapse(1)],
  'NO_ANSWER dismissed': [register(1), call(1), lapse(1), closeDay()],
  NO_ANSWER2: [register(1), call(1), lapse(1), call(1), lapse(1)],
  ENTERED: [register(1), enter(1)],
  CANCEL: [register(1), cancel(1, 'CUSTOMER')],
  OWNER_CANCEL: [register(1), cancel(1, 'OWNER')],
  forgotten: [register(1), cancel(1), after(15 * minute + 1)],
  deleted: [register(1), remove(1)],
  'never issued': [],
};

/** The timer of a kind for the deadline that the waiting has, when it has one, at its time. */
const timesOut =
  (kind: 'ANSWER' | 'MOVE' | 'CLOSE'): Step =>
  (story) => {
    const [waiting] = story.queue.waitings;
    const deadline = waiting && 'deadlineAt' in waiting ? waiting.deadlineAt : story.now;
    return expire(1, kind, deadline)({ ...story, now: Math.max(story.now, deadline) });
  };

const commands: Record<string, Step> = {
  call: call(1),
  'call FIRST': call(1, 'FIRST'),
  'call FINAL': call(1, 'FINAL'),
  'answer 10': answer(1, 10),
  'answer 16': answer(1, 16),
  arrive: arrive(1),
  enter: enter(1),
  'customer cancels': cancel(1, 'CUSTOMER'),
  'owner cancels': cancel(1, 'OWNER'),
  delete: remove(1),
  'answer time is out': timesOut('ANSWER'),
  'move time is out': timesOut('MOVE'),
  'day closes': closeDay(),
  'day closing is out': timesOut('CLOSE'),
};

/** The rows of every table above: state, command, outcome. */
const cells = matrix
  .trim()
  .split(/\n\s*\n/)
  .flatMap((table) => {
    const rows = table.split('\n').map((row) => row.split('|').map((cell) => cell.trim()));
    const [heads = [], ...lines] = rows;
    return lines.flatMap(([state = '', ...outcomes]) =>
      outcomes.map((outcome, column) => ({ state, command: heads[column + 1] ?? '', outcome })),
    );
  });

function cellOf({ refused, events, waiting }: Then): string {
  if (refused) return refused;
  if (events.every((event) => event.type === 'BusinessDayClosed')) return '-';
  return waiting(1)?.status ?? 'gone';
}

describe('every command in every state', () => {
  it.each(cells)('$state, $command: $outcome', ({ state, command, outcome }) => {
    const step = commands[command];
    const history = histories[state];
    if (!step || !history) throw new Error(`no such cell: ${state}, ${command}`);
    const then = given(open(), ...history).when(step);
    expect(cellOf(then)).toBe(outcome);
    if (then.refused) expect(then.events).toEqual([]);
  });

  it('leaves no state and no command out', () => {
    expect(cells).toHaveLength(Object.keys(histories).length * Object.keys(commands).length);
  });
});
