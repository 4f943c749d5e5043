/**
 * The metrics as operators get them: checked by promtool, scraped by a real Prometheus, and named by the dashboard and
 * the alert rules. Both programs are those of Debian's package prometheus: infra/prometheus/install-promtool.sh.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { freePort } from '../infra/stack/ports.ts';
import { topics } from '../src/schemas/topics.ts';
import { type Application, sharedApplication } from './application.ts';
import { eventually, newRestaurant, newRestaurantOn, numberIn, openRestaurant } from './http.ts';

const root = join(import.meta.dirname, '..');
const prometheusFolder = join(root, 'infra', 'prometheus');
const configFile = join(prometheusFolder, 'prometheus.yml');

const shared = sharedApplication();

beforeAll(async () => {
  for (const program of ['promtool', 'prometheus']) {
    await run(program, ['--version']).catch((error: unknown) => {
      throw new Error(`${program} is missing: run infra/prometheus/install-promtool.sh`, { cause: error });
    });
  }
  await live(shared().app);
});

/** A team that never answers, and one that is seated: commands, refusals, deadlines, events. */
async function live(app: Application): Promise<void> {
  const restaurantId = newRestaurant();
  await openRestaurant(app, restaurantId, { minuteMillis: 20, answerMinutes: 10 });
  const register = (userId: number) =>
    app.call('POST', '/waitings', { datesId: 1, userId, userCount: 2, restaurantId });
  const path = (waitingId: number): string => `/waitings/${restaurantId}/${waitingId}/actions`;
  const late = numberIn(await register(1), 'waitingId');
  const seated = numberIn(await register(2), 'waitingId');
  expect(await register(2)).toMatchObject({ status: 409 });
  await app.call('POST', `${path(late)}/waiting_call`);
  await app.call('POST', `${path(seated)}/waiting_entered`);
  await eventually('the call lapses', async () => {
    const { body } = await app.call('GET', `/waitings/${late}`);
    return body?.['status'] === 'NO_ANSWER';
  });
}

describe('what /metrics says', () => {
  test('promtool has no complaint', async () => {
    const { text } = await shared().app.call('GET', '/metrics');
    expect(await run('promtool', ['check', 'metrics'], text)).toBe('');
  });

  test('no label names a user, a restaurant or a waiting', async () => {
    const { text } = await shared().app.call('GET', '/metrics');
    const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
    expect([...labels].filter((label) => /user|restaurant|waiting|id$/i.test(label ?? ''))).toEqual([]);
    const routes = [...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route ?? '');
    expect(routes.filter((route) => /\d/.test(route))).toEqual([]);
  });

  test('deadlines have their lateness, from the deadline to its effect', async () => {
    // Others may be later: what ran out while no process was there, between two tests.
    const soon = await sampleOf('waiting_timer_lateness_seconds_bucket', 'le="10",kind="ANSWER"');
    expect(soon).toBeGreaterThan(0);
  });

  test('every partition has its lags, caught up, and the time of its last progress', async () => {
    const { partitions } = shared();
    for (let n = 0; n < partitions; n += 1) {
      const partition = `partition="${n}"`;
      await eventually(
        `partition ${n} is caught up`,
        async () =>
          (await sampleOf('waiting_consumer_lag_records', partition)) === 0 &&
          (await sampleOf('waiting_consumer_lag_seconds', partition)) === 0,
      );
      const progress = await sampleOf('waiting_task_last_progress_timestamp_seconds', partition);
      expect(Math.abs(Date.now() / 1000 - progress)).toBeLessThan(3_600);
    }
  });

  test('a foreign owner fences a producer: it is counted, and the task goes on', async () => {
    const { app, kafka, partitions } = shared();
    const before = await sampleOf('waiting_fenced_producers_total');
    const [failures, rebalances] = [await failuresOf(app), await sampleOf('waiting_rebalances_total')];
    expect(rebalances).toBeGreaterThan(0);
    const foreign = kafka.producer({
      transactionalId: `waiting-${topics.commands}-0`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await foreign.connect();
    await (await foreign.transaction()).abort();
    await foreign.disconnect();

    // Decided all the same: by the next owner of the task, which is the same process here.
    await openRestaurant(app, newRestaurantOn(0, partitions));
    await eventually(
      'the fencing is counted',
      async () => (await sampleOf('waiting_fenced_producers_total')) === before + 1,
    );
    expect(await failuresOf(app)).toBeGreaterThan(failures);
    await eventually(
      'the task runs again',
      async () => (await sampleOf('waiting_task_state', 'partition="0",state="running"')) === 1,
    );
    await openRestaurant(app, newRestaurantOn(0, partitions));
  });
});

describe('Prometheus', () => {
  test('the configuration and the rules are valid, and the rules do as their tests say', async () => {
    expect(await run('promtool', ['check', 'config', configFile])).toContain('SUCCESS');
    expect(await run('promtool', ['check', 'rules', join(prometheusFolder, 'alerts.yml')])).toContain(
      'SUCCESS',
    );
    const tests = await run('promtool', ['test', 'rules', join(prometheusFolder, 'alerts.test.yml')]);
    expect(tests).toContain('SUCCESS');
  });

  test('a real one scrapes the application: it is up, its series are there, no rule is in trouble', async () => {
    await withPrometheus(new URL(shared().app.url).host, async (query) => {
      await eventually('up is 1', async () => (await query('up{job="waiting"}'))[0] === 1);
      const { partitions } = shared();
      for (const name of ['waiting_consumer_lag_seconds', 'waiting_task_last_progress_timestamp_seconds']) {
        expect(await query(name)).toHaveLength(partitions);
      }
      expect(await query('sum(waiting_commands_total{outcome="ACCEPTED"}) > 0')).toHaveLength(1);
      expect(await query('waiting_ready')).toEqual([1]);
    });
  });
});

describe('names', () => {
  test('every metric of the dashboard and of the alert rules exists, and every panel has a query', async () => {
    const { text } = await shared().app.call('GET', '/metrics');
    const known = namesIn(text);
    const dashboard = dashboardSchema.parse(
      JSON.parse(readFileSync(join(root, 'infra', 'grafana', 'dashboards', 'waiting.json'), 'utf8')),
    );
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    expect(panels.filter(({ targets }) => targets.length === 0)).toEqual([]);
    const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    // Rules and their texts: what looks like a metric there must be one.
    const rules = readFileSync(join(prometheusFolder, 'alerts.yml'), 'utf8');
    const unknown = (from: string): string[] =>
      [...from.matchAll(/\b(?:waiting|process|nodejs)_\w+/g)]
        .map(([name]) => name)
        .filter((name) => !known.has(name));
    expect(asked.length).toBeGreaterThan(20);
    expect(unknown(asked.join('\n'))).toEqual([]);
    expect(unknown(rules)).toEqual([]);
  });

  test('the documentation names every metric, and no other', async () => {
    const { text } = await shared().app.call('GET', '/metrics');
    const ours = [...text.matchAll(/^# TYPE (waiting_\w+) /gm)].map(([, name]) => name);
    const documentation = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
    const documented = [...documentation.matchAll(/^\| `(waiting_\w+)`/gm)].map(([, name]) => name);
    expect([...documented].sort()).toEqual([...ours].sort());
  });

  test('and every alert with its severity, and no other', () => {
    const rules = readFileSync(join(prometheusFolder, 'alerts.yml'), 'utf8');
    const ours = [...rules.matchAll(/- alert: (\w+)[^]*?severity: (\w+)/g)].map(([, ...alert]) => alert);
    const documentation = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
    const documented = [...documentation.matchAll(/^\| `(Waiting\w+)` +\| (page|ticket) /gm)];
    expect(documented.map(([, ...alert]) => alert).sort()).toEqual(ours.sort());
    expect(ours.length).toBeGreaterThan(10);
  });
});

const dashboardSchema = z.object({
  panels: z.array(
    z.object({ type: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
});

/** Every name that a query may use: a histogram has three. */
function namesIn(text: string): ReadonlySet<string> {
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    ),
  );
}

/** NaN: there is no such sample. */
async function sampleOf(name: string, labels?: string): Promise<number> {
  const { text } = await shared().app.call('GET', '/metrics');
  const start = labels === undefined ? `${name} ` : `${name}{${labels}} `;
  const line = text.split('\n').find((each) => each.startsWith(start));
  return line === undefined ? Number.NaN : Number(line.slice(start.length));
}

async function failuresOf({ call }: Application): Promise<number> {
  const { text } = await call('GET', '/metrics');
  const samples = [...text.matchAll(/^waiting_task_failures_total\{.*\} (\d+)$/gm)];
  return samples.reduce((sum, [, count]) => sum + Number(count), 0);
}

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

type Query = (expression: string) => Promise<number[]>;

/** Runs the callback with a Prometheus of our configuration that scrapes this target; it is gone afterwards. */
async function withPrometheus(target: string, callback: (query: Query) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-prometheus-'));
  const host = `127.0.0.1:${await freePort()}`;
  const config = readFileSync(configFile, 'utf8');
  expect(config).toContain("['app:8080']");
  const ours = config.replaceAll('app:8080', target).replaceAll('_interval: 5s', '_interval: 1s');
  writeFileSync(join(folder, 'prometheus.yml'), ours);
  cpSync(join(prometheusFolder, 'alerts.yml'), join(folder, 'alerts.yml'));
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${host}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = once(server, 'exit');
  const ask = (path: string): Promise<Response> =>
    fetch(`http://${host}${path}`, { signal: AbortSignal.timeout(5_000) });
  try {
    await eventually('Prometheus is ready', async () => {
      if (server.exitCode !== null) throw new Error(`prometheus ended with code ${server.exitCode}`);
      return (await ask('/-/ready').catch(() => null))?.ok ?? false;
    });
    await callback(async (expression) => {
      const answer = await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data } = answerSchema.parse(await answer.json());
      return data.result.map(({ value: [, number] }) => Number(number));
    });
    const rules = await (await ask('/api/v1/rules')).text();
    expect(rules).not.toContain('"health":"err"');
  } finally {
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All that it printed. Rejects, with that, when it ends with another code than 0. */
function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`, { cause: error }));
      else resolve(stdout + stderr);
    });
    child.stdin?.end(input);
  });
}
