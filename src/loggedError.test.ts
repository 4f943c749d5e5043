import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { loggedError } from './loggedError.ts';

/** The line that is logged of an error. */
function lineOf(error: unknown): string {
  const lines: string[] = [];
  const serializers = { err: (thrown: unknown) => loggedError(thrown) };
  pino({ serializers }, { write: (line: string) => void lines.push(line) }).warn({ err: error }, 'it failed');
  return lines.join('');
}

const personal = /8123456789|secret|010-1234/;

describe('a logged error', () => {
  test.each([
    [
      'of Redis lacks the arguments of its command',
      Object.assign(new Error('OOM command not allowed'), {
        command: { name: 'auth', args: ['worker', 'secret', Buffer.from('8123456789')] },
      }),
    ],
    [
      'of Postgres lacks the row',
      Object.assign(new Error('new row violates check constraint c'), {
        code: '23514',
        detail: 'Failing row contains (1, 8123456789).',
        where: 'JSON data, line 1: {"user_id":8123456789',
      }),
    ],
    ['of a request lacks its body', Object.assign(new Error('bad'), { body: '{"userId": 8123456789' })],
    [
      'lacks the same of its causes',
      new Error('outer', {
        cause: new AggregateError(
          [Object.assign(new Error('inner'), { record: { value: '010-1234' } })],
          'several',
        ),
      }),
    ],
  ])('%s', (_what, error) => {
    const line = lineOf(error);
    expect(line).not.toMatch(personal);
    expect(line).toContain(error.message);
  });

  test('says what it is called, where it was thrown, its code and its causes', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = new TypeError('cannot', { cause: new AggregateError([cause], 'nobody') });
    expect(JSON.parse(lineOf(error))).toMatchObject({
      msg: 'it failed',
      err: {
        type: 'TypeError',
        message: 'cannot',
        stack: expect.stringContaining('loggedError.test.ts'),
        cause: { message: 'nobody', errors: [{ message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' }] },
      },
    });
  });

  test('may be its own cause, and no error at all', () => {
    const error = new Error('round');
    error.cause = error;
    expect(lineOf(error)).toContain('round');
    expect(loggedError('thrown as it is')).toBe('thrown as it is');
  });
});
