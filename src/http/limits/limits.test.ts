import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { answerTo, requestFrom } from '../../../test/requestFrom.ts';
import { trustOf } from './clientAddress.ts';
import { type Asker, createLimits, defaultLimits, type Limits, type LimitSettings } from './limits.ts';
import { allowances, type Kind, ofAddress } from './table.ts';

const customer = (id: number): Asker => ({ role: 'CUSTOMER', id: String(id) });
const stranger: Asker = { role: 'STRANGER', id: null };

interface Scene {
  readonly limits: Limits;
  readonly metrics: Registry;
  /** Asks once, from an address; answers what came of it. */
  readonly ask: (who: Asker, kind: Kind, address?: string) => Promise<unknown>;
  readonly pass: (millis: number) => void;
}

function scene(settings: Partial<LimitSettings> = {}): Scene {
  let now = 0;
  const metrics = new Registry();
  const limits = createLimits({ ...defaultLimits, ...settings }, metrics, () => now);
  return {
    limits,
    metrics,
    ask: async (who, kind, address = '203.0.113.7') => {
      try {
        await limits.count(requestFrom(address), who, kind);
        return 'admitted';
      } catch (error) {
        return error;
      }
    },
    pass: (millis) => {
      now += millis;
    },
  };
}

/** How often somebody is admitted before he is refused. */
async function admitted({ ask }: Scene, ...asked: Parameters<Scene['ask']>): Promise<number> {
  for (let count = 0; ; count += 1) if ((await ask(...asked)) !== 'admitted') return count;
}

const limitedOf = async ({ metrics }: Scene, kind: string, role: string): Promise<number | undefined> => {
  const { values } = (await metrics.getSingleMetric('waiting_http_limited_total')?.get()) ?? { values: [] };
  return values.find(({ labels }) => labels['kind'] === kind && labels['role'] === role)?.value;
};

describe('a principal', () => {
  test.each([
    ['read', allowances.CUSTOMER.read],
    ['write', allowances.CUSTOMER.write],
    ['registration', allowances.CUSTOMER.registration],
  ] as const)('has as much of %s as the table says, and more when the window is over', async (kind, rate) => {
    const one = scene();
    expect(await admitted(one, customer(1), kind)).toBe(rate.points);
    expect(await one.ask(customer(1), kind)).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      status: 429,
      retryAfterSeconds: rate.seconds,
    });
    one.pass(rate.seconds * 1_000 - 500);
    expect(await one.ask(customer(1), kind)).toMatchObject({ retryAfterSeconds: 1 });
    one.pass(500);
    expect(await admitted(one, customer(1), kind)).toBe(rate.points);
  });

  test('is counted by kind and by who he is, wherever he asks from', async () => {
    const one = scene();
    await admitted(one, customer(1), 'read');
    expect(await one.ask(customer(1), 'read', '198.51.100.1')).not.toBe('admitted');
    expect(await one.ask(customer(1), 'write')).toBe('admitted');
    expect(await one.ask(customer(2), 'read')).toBe('admitted');
    expect(await one.ask({ role: 'OWNER', id: '1' }, 'read')).toBe('admitted');
  });

  test('who is none is counted by address', async () => {
    const one = scene();
    expect(await admitted(one, stranger, 'read')).toBe(allowances.STRANGER.read.points);
    expect(await one.ask(stranger, 'read', '198.51.100.1')).toBe('admitted');
    expect(await one.ask(customer(1), 'read')).toBe('admitted');
  });

  test('a read is counted without a promise', () => {
    const { limits } = scene({ shared: () => Promise.reject(new Error('nobody asks for a read')) });
    expect(limits.count(requestFrom('203.0.113.7'), customer(1), 'read')).toBeUndefined();
  });

  test('writes are counted for all processes, but not those of strangers', async () => {
    const counted: unknown[] = [];
    const one = scene({
      shared: (...asked) => {
        counted.push(asked);
        return Promise.resolve(counted.length > 2 ? 1_200 : 0);
      },
    });
    expect(await one.ask(customer(1), 'write')).toBe('admitted');
    expect(await one.ask(customer(1), 'registration')).toBe('admitted');
    expect(await one.ask(customer(1), 'write')).toMatchObject({ status: 429, retryAfterSeconds: 2 });
    expect(await one.ask(stranger, 'write')).toBe('admitted');
    expect(counted).toEqual([
      ['CUSTOMER:write', '1', allowances.CUSTOMER.write],
      ['CUSTOMER:registration', '1', allowances.CUSTOMER.registration],
      ['CUSTOMER:write', '1', allowances.CUSTOMER.write],
    ]);
  });
});

test('writes that are not counted for all are counted here', async () => {
  const one = scene({ shared: () => Promise.reject(new Error('Redis is away')) });
  expect(await admitted(one, customer(1), 'write')).toBe(allowances.CUSTOMER.write.points);
  const { values } = (await one.metrics.getSingleMetric('waiting_http_counted_alone_total')?.get()) ?? {};
  expect(values?.[0]?.value).toBe(allowances.CUSTOMER.write.points + 1);
});

describe('an address', () => {
  test('is counted before it is known who asks', () => {
    const { limits } = scene();
    for (let n = 0; n < ofAddress.points; n += 1) limits.address(requestFrom('203.0.113.7'));
    expect(() => limits.address(requestFrom('203.0.113.7'))).toThrow('too many requests');
    expect(() => limits.address(requestFrom('198.51.100.1'))).not.toThrow();
  });

  test('is the one that a trusted proxy names', () => {
    const { limits } = scene({ trust: trustOf('1'), factor: 1 / ofAddress.points });
    const from = (address: string) => requestFrom('10.0.0.1', { 'x-forwarded-for': address });
    limits.address(from('203.0.113.7'));
    expect(() => limits.address(from('203.0.113.7'))).toThrow('too many requests');
    expect(() => limits.address(from('198.51.100.1'))).not.toThrow();
  });
});

describe('open streams', () => {
  /** Opens one; answers its response, which ends it. */
  const open = ({ limits }: Scene, who: Asker, address = '203.0.113.7') => {
    const req = requestFrom(address);
    const res = answerTo(req);
    limits.open(req, res, who);
    return res;
  };
  const { openStreams } = allowances.CUSTOMER;

  test('are as many as the table says, and one more when one has ended', async () => {
    const one = scene();
    const all = Array.from({ length: openStreams }, () => open(one, customer(1)));
    expect(() => open(one, customer(1))).toThrow('as many streams open as you may have');
    expect(() => open(one, customer(2))).not.toThrow();
    all[0]?.emit('close');
    all[0]?.emit('close');
    expect(() => open(one, customer(1))).not.toThrow();
    expect(() => open(one, customer(1))).toThrow('as many streams open as you may have');
    expect(await limitedOf(one, 'open_streams', 'CUSTOMER')).toBe(2);
  });

  test('have no place left behind by a client that was gone already', () => {
    const one = scene({ streamsMost: 1 });
    const req = requestFrom('203.0.113.7');
    const res = answerTo(req);
    Object.defineProperty(res, 'closed', { value: true });
    one.limits.open(req, res, customer(1));
    expect(() => open(one, customer(1))).not.toThrow();
  });

  test('of an address are limited, but for a service, which holds them for many', () => {
    const one = scene({ factor: 0.01 });
    for (let n = 0; n < 20; n += 1) open(one, customer(n));
    expect(() => open(one, customer(20))).toThrow('as many streams open as you may have');
    expect(() => open(one, customer(20), '198.51.100.1')).not.toThrow();
    expect(() => open(one, { role: 'SERVICE', id: 'kiosk' })).not.toThrow();
  });

  test('of the process are limited, whatever the factor', async () => {
    const one = scene({ factor: 0, streamsMost: 3 });
    for (let n = 0; n < 3; n += 1) open(one, customer(n));
    let problem: unknown;
    try {
      open(one, customer(3));
    } catch (error) {
      problem = error;
    }
    expect(problem).toMatchObject({ code: 'TOO_MANY_STREAMS', status: 503, retryAfterSeconds: 5 });
    expect(await limitedOf(one, 'full', 'CUSTOMER')).toBe(1);
  });
});

describe('the factor', () => {
  test('multiplies every rate, and leaves at least one', async () => {
    expect(await admitted(scene({ factor: 2 }), customer(1), 'write')).toBe(
      allowances.CUSTOMER.write.points * 2,
    );
    expect(await admitted(scene({ factor: 0.000_001 }), customer(1), 'write')).toBe(1);
  });

  test('0 switches all off', async () => {
    const one = scene({ factor: 0 });
    for (let n = 0; n < 2 * ofAddress.points; n += 1) one.limits.address(requestFrom('203.0.113.7'));
    for (let n = 0; n < 100; n += 1) expect(await one.ask(customer(1), 'write')).toBe('admitted');
  });
});

test('refusals are counted by kind and role, from nought', async () => {
  const one = scene();
  expect(await limitedOf(one, 'write', 'CUSTOMER')).toBe(0);
  await admitted(one, customer(1), 'write');
  expect(await limitedOf(one, 'write', 'CUSTOMER')).toBe(1);
  expect(await limitedOf(one, 'read', 'CUSTOMER')).toBe(0);
});
