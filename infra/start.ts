/**
 * `npm start`: the whole product on this machine, from nothing to a curl to try, until Ctrl-C. The servers are of
 * stack/, the application's own steps of application/; here is the order in which they come and go.
 */
import { join, resolve } from 'node:path';
import { application, setUp } from './application/application.ts';
import { followComplaints } from './application/complaints.ts';
import { linkKeysOf } from './application/linkKeys.ts';
import { seed } from './application/seed.ts';
import { CannotStart } from './stack/cannotStart.ts';
import { howFrom } from './stack/how.ts';
import { watchLaunchers } from './stack/launchers.ts';
import { portsFrom } from './stack/ports.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { steps } from './stack/steps.ts';
import { tail } from './stack/tail.ts';
import { givenUrls } from './stack/urls.ts';

const began = Date.now();
const show = steps(process.stdout);

/** Aborted by Ctrl-C (reason: none) or by the death of one of ours (reason: what happened). */
const over = new AbortController();
let heard = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!over.signal.aborted) {
      heard = Date.now();
      show.say(`\n${signal === 'SIGINT' ? 'Ctrl-C' : signal}: stopping everything in order`);
    } else if (Date.now() - heard > 500) {
      // One Ctrl-C arrives up to three times: from the terminal, from npm, and from start.mjs.
      show.say('  stopping already; a few seconds more');
    }
    over.abort();
  });
}
watchLaunchers(() => {
  show.say('\nnpm is gone: stopping everything in order');
  over.abort();
});
/** A terminal that was closed must not keep us from stopping the servers. */
process.stdout.on('error', () => undefined);

let death: string | undefined;
function onDeath(name: string, how: string, log: string): void {
  if (death === undefined) show.say(`\n✗ ${name} ${how}: stopping the rest`);
  death ??= `${name} ${how}. The end of ${log}:\n${tail(log)}`;
  over.abort();
}

try {
  await run();
} catch (error) {
  if (death === undefined && !over.signal.aborted) death = describe(error);
}
if (death !== undefined) {
  show.say(`\n✗ ${death}`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const dataDir = resolve(process.env['DATA_DIR'] ?? join(import.meta.dirname, '..', '.data'));
  const ports = portsFrom(process.env);
  const stack = await startStack({
    dataDir,
    ports,
    alsoFree: ['http'],
    given: givenUrls(process.env),
    how: howFrom(process.env),
    keep: true,
    steps: show,
    signal: over.signal,
    onDeath,
  });
  try {
    await runApplication(stack, dataDir, ports.http);
  } finally {
    await stack.stop();
  }
}

async function runApplication(stack: Stack, dataDir: string, port: number): Promise<void> {
  const places = {
    logDir: join(dataDir, 'logs'),
    runDir: join(dataDir, 'run'),
    signal: over.signal,
    onDeath,
  };
  const env = { LINK_KEYS: process.env['LINK_KEYS'] ?? linkKeysOf(dataDir) };
  const options = { urls: stack.urls, port, places, env };
  await show.step('setup', 'topics, schemas and tables', () =>
    setUp(options).then(() => 'topics, schemas and tables are there'),
  );

  const app = application(options);
  const read = new AbortController();
  let reading: Promise<void> | undefined;
  try {
    await show.step('app', 'starting', () => app.start().then(() => `ready on ${app.url}`));
    reading = followComplaints(join(places.logDir, 'app.log'), show.say, read.signal);
    await show.step('restaurants', 'seeding', () =>
      seed(app.url, over.signal).then((added) =>
        added > 0 ? `${added} new ones are open` : 'there already',
      ),
    );
    welcome(stack, app.url, dataDir);
    await aborted(over.signal);
  } finally {
    if (app.running) await show.step('app', 'stopping', () => app.stop().then(() => 'stopped'));
    read.abort();
    await reading;
  }
}

function welcome(stack: Stack, url: string, dataDir: string): void {
  const body = '{"datesId": 1, "userId": 1, "userCount": 2, "restaurantId": 1}';
  show.say(`
Ready after ${((Date.now() - began) / 1000).toFixed(1)} s.

  the product   ${url}
  metrics       ${url}/metrics
  Kafka         ${stack.urls.KAFKA_BROKERS}
  registry      ${stack.urls.SCHEMA_REGISTRY_URL}
  Redis         ${stack.urls.REDIS_URL}
  Postgres      ${stack.urls.DATABASE_URL.replace(/:[^:@/]*@/, ':…@')}
  logs          ${join(dataDir, 'logs')}

Try: curl -X POST ${url}/waitings -H 'Content-Type: application/json' -d '${body}'
Ctrl-C stops everything; the data stays (npm run clean removes it).`);
}

/** Keeps the process up, too: the servers are not held by it. */
async function aborted(signal: AbortSignal): Promise<void> {
  const held = setInterval(() => undefined, 60_000);
  if (!signal.aborted) {
    await new Promise<void>((done) => {
      signal.addEventListener('abort', () => {
        done();
      });
    });
  }
  clearInterval(held);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof CannotStart ? error.message : (error.stack ?? error.message);
}
