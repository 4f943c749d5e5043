/** A start while a server is away: it waits, says so, is alive and not ready, and ends when it is asked to. */
import { describe, expect, test } from '@jest/globals';
import { type Application, type Setting, servers, withSetting } from './application.ts';
import { openProxy } from './chaos/proxy.ts';
import { eventually } from './http.ts';

interface Away {
  readonly app: Application;
  /** Settles as the start does. */
  readonly starting: Promise<void>;
  readonly comeBack: () => void;
}

/** An application that starts while the server of that variable takes no connections. */
const withAway = (
  variable: keyof Setting['urls'],
  callback: (away: Away) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> =>
  withSetting(async ({ application }) => {
    const url = servers()[variable];
    const port = /:(\d+)(?=\/|$)/.exec(url)?.[1] ?? '';
    const proxy = await openProxy(Number(port));
    proxy.refuse(true);
    try {
      const app = await application(env, { [variable]: url.replace(`:${port}`, `:${proxy.port}`) });
      const starting = app.start();
      starting.catch(() => undefined);
      await callback({ app, starting, comeBack: () => proxy.refuse(false) });
      await app.server.stop();
    } finally {
      proxy.close();
    }
  });

const lines = (app: Application, message: string): number =>
  app.logged().split(`"msg":"${message}"`).length - 1;

const neededServers = [
  ['REDIS_URL', 'redis', 'Redis'],
  ['KAFKA_BROKERS', 'kafka', 'Kafka'],
  ['SCHEMA_REGISTRY_URL', 'registry', 'the schema registry'],
] as const;

describe.each(neededServers)('a start without what %s names', (variable, check, name) => {
  test.each(['ingress', 'ingress,queue,history,push'])('waits for it, and then starts: %s', (ROLES) =>
    withAway(
      variable,
      async ({ app, starting, comeBack }) => {
        await eventually('it waits', () => app.says(`${name} is away: the start waits for it`), 30_000);
        expect(await app.call('GET', '/health/live')).toMatchObject({ status: 200 });
        const ready = await app.call('GET', '/health/ready');
        expect(ready).toMatchObject({ status: 503, body: { status: 'unavailable' } });
        expect(ready.body?.['checks']).toMatchObject({ process: 'starting', [check]: 'away' });
        expect((await app.call('GET', '/metrics')).text).toMatch(/^waiting_ready 0$/m);
        expect(await app.call('GET', '/restaurants/1/queue')).toMatchObject({
          status: 503,
          body: { code: 'STATE_UNAVAILABLE' },
        });
        comeBack();
        await starting;
        expect(await app.call('GET', '/health/ready')).toMatchObject({ status: 200 });
        expect(lines(app, `${name} is away: the start waits for it`)).toBe(1);
        expect(lines(app, `${name} is there`)).toBe(1);
      },
      { ROLES },
    ),
  );

  test('ends at once when it is asked to, and well', () =>
    withAway(variable, async ({ app, starting }) => {
      await eventually('it waits', () => app.says(`${name} is away: the start waits for it`), 30_000);
      const { pid } = app.server;
      if (pid === undefined) throw new Error('it runs');
      process.kill(pid, 'SIGTERM');
      const asked = Date.now();
      await expect(starting).rejects.toThrow('ended with code 0');
      expect(Date.now() - asked).toBeLessThan(10_000);
    }));
});

test('a start without Postgres does not wait: reads of the history are refused, and its records stay in Kafka', () =>
  withAway('DATABASE_URL', async ({ app, starting }) => {
    await starting;
    await eventually('the history waits', () => app.says('history waits and tries again'), 30_000);
  }));

test('a password that Redis refuses ends the start: waiting would not help', () =>
  withSetting(async ({ application, urls }) => {
    const wrong = new URL(urls.REDIS_URL);
    wrong.password = 'wrong';
    wrong.username = 'nobody';
    const app = await application({}, { REDIS_URL: wrong.href });
    await expect(app.start()).rejects.toThrow(/ended with code 1[\s\S]*"msg":"the start failed"/);
    expect(app.logged()).toMatch(/WRONGPASS/);
  }));
