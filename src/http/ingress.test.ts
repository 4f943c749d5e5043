import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, until, withIngress } from '../../test/httpIngress.ts';

describe('health', () => {
  test('is alive, and ready as its checks are', () =>
    withIngress(async ({ call }) => {
      expect(await call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
      const { status, body } = await call('GET', '/health/ready');
      expect([status, body]).toEqual([200, { status: 'ok', checks: { kafka: 'ok' } }]);
    }));

  test('is not ready, and says why', () =>
    withIngress(
      async ({ call }) => {
        const { status, body } = await call('GET', '/health/ready');
        expect([status, body]).toEqual([
          503,
          { status: 'unavailable', checks: { redis: 'connection refused' } },
        ]);
        expect(await call('GET', '/health/live')).toMatchObject({ status: 200 });
      },
      { readiness: () => ({ ready: false, checks: { redis: 'connection refused' } }) },
    ));
});

describe('metrics', () => {
  test('time requests by route template, method and status, and commands by type and outcome', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      await register(setting, 1);
      await setting.call('GET', '/waitings/10000001');
      await setting.call('GET', '/no/such/path');
      const { status, text, headers } = await setting.call('GET', '/metrics');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toContain('text/plain');
      for (const line of [
        'waiting_http_request_duration_seconds_count{route="/waitings/:waitingId",method="GET",status="200"} 1',
        'waiting_http_request_duration_seconds_count{route="/waitings",method="POST",status="201"} 1',
        'waiting_http_request_duration_seconds_count{route="/waitings",method="POST",status="409"} 1',
        'waiting_http_request_duration_seconds_count{route="unmatched",method="GET",status="404"} 1',
        'waiting_command_answer_seconds_count{type="RegisterWaiting",outcome="accepted"} 1',
        'waiting_command_answer_seconds_count{type="RegisterWaiting",outcome="rejected"} 1',
      ]) {
        expect(text.split('\n')).toContain(line);
      }
      // Of the labels alone: a duration may have any digits.
      const labels = [...text.matchAll(/\w+="((?:[^"\\]|\\.)*)"/g)].map(([, value]) => value);
      expect(labels).not.toEqual([]);
      expect(labels.filter((value) => value?.includes('10000001'))).toEqual([]);
    }));
});

describe('the log', () => {
  test('has a JSON line a write, with the request id, and neither bodies nor users', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 424_242, {
        'x-request-id': 'req-1',
        'idempotency-key': '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10',
      });
      const line = setting.lines.find((each) => each.includes('req-1')) ?? '';
      expect(JSON.parse(line)).toMatchObject({
        req: { id: 'req-1', method: 'POST', url: '/waitings' },
        res: { statusCode: 201 },
      });
      expect(setting.lines.join('')).not.toMatch(/424242|8f6b7d2c/);
    }));

  test('is quiet about probes, scrapes and polls', () =>
    withIngress(async (setting) => {
      for (const path of [
        '/health/live',
        '/health/ready',
        '/metrics',
        '/commands/8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10?restaurantId=1',
      ]) {
        await setting.call('GET', path);
      }
      expect(setting.lines).toEqual([]);
    }));
});

describe('stopping', () => {
  const timing = { lookUpAfterMillis: 50_000, answerWithinMillis: 50_000 };

  test('lets a running request finish, and takes no more', () =>
    withIngress(
      async (setting) => {
        const held: (() => void)[] = [];
        setting.worker.onAppend = (take) => {
          held.push(take);
          return Promise.resolve();
        };
        const request = register(setting, 1);
        await until(() => held.length === 1);
        const stopped = setting.ingress.stop();
        await expect(setting.call('GET', '/health/live')).rejects.toThrow('fetch failed');
        held[0]?.();
        expect(await request).toMatchObject({ status: 404 });
        await stopped;
        await setting.ingress.stop();
      },
      { timing },
    ));

  test('cuts off what does not finish in time', () =>
    withIngress(
      async (setting) => {
        const held: (() => void)[] = [];
        setting.worker.onAppend = (take) => {
          held.push(take);
          return Promise.resolve();
        };
        const request = register(setting, 1);
        const cut = expect(request).rejects.toThrow('fetch failed');
        await until(() => held.length === 1);
        await setting.ingress.stop(10);
        await cut;
        held[0]?.();
        await until(() => setting.ingress.waiting() === 0);
      },
      { timing },
    ));
});

test('a port that is taken is told', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await withIngress(async ({ ingress }) => {
    await ingress.stop();
    await expect(ingress.start(port, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
  });
  await new Promise((resolve) => other.close(resolve));
});
