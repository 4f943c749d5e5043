/**
 * `npm run demo`: a lunch rush over the HTTP of a running service, then a check of what is there against what was done.
 * `npm run demo -- --check` checks the last run again. Ends with 1 when anything differs, and says what.
 */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { portsFrom } from '../infra/stack/ports.ts';
import { positiveNumber } from '../src/cli/wholeNumber.ts';
import { check, type Sources } from './check.ts';
import { createClient } from './client.ts';
import { notificationsOn } from './notifications.ts';
import { createRecorder, lastRun, readRun } from './record.ts';
import { open, path, rush, type Tally } from './rush.ts';
import { writeScript } from './script.ts';
import { findings, showRush, summary } from './show.ts';

/** How long a request is asked again (ms): a service that was killed has to be started again meanwhile. */
const insistMillis = 300_000;
const most = 20;

const { env } = process;
const ports = portsFrom(env);
const local = (port: number): string => `127.0.0.1:${port}`;
/** Where `npm start` has them, unless the environment says otherwise. */
const url = env['HTTP_URL'] ?? `http://${local(ports.http)}`;
const sources: Sources = {
  client: createClient(url, insistMillis),
  notifications: notificationsOn(
    env['KAFKA_BROKERS'] ?? local(ports.kafka),
    env['SCHEMA_REGISTRY_URL'] ?? `http://${local(ports.registry)}/apis/ccompat/v7`,
  ),
  databaseUrl: env['DATABASE_URL'] ?? `postgres://postgres@${local(ports.postgres)}/waiting`,
};
const dataDir = resolve(env['DATA_DIR'] ?? join(import.meta.dirname, '..', '.data'));

const program = new Command('demo')
  .description('Plays a lunch rush on the running service, and checks what it did.')
  .option('--seed <n>', 'repeats the script of an earlier run', positiveNumber, 1 + (Date.now() % 1_000_000))
  .option('--restaurants <n>', 'how many, at most 1000', positiveNumber, 20)
  .option('--customers <n>', 'of each restaurant, at most 999', positiveNumber, 22)
  .option('--seconds <n>', 'over which the customers come', positiveNumber, 40)
  .option('--minute <ms>', "length of the restaurants' minutes, 10 to 60000", positiveNumber, 200)
  .option('--patience <seconds>', 'how long the check waits for what is missing', positiveNumber, 30)
  .option('--check', 'checks the last run again instead')
  .parse();
const options = program.opts<{
  seed: number;
  restaurants: number;
  customers: number;
  seconds: number;
  minute: number;
  patience: number;
  check?: true;
}>();
const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  if (options.check) {
    const file = lastRun(dataDir);
    if (file === null) throw new Error(`no demo has been recorded in ${dataDir}`);
    await checkRun(file);
  } else {
    await checkRun(await play());
  }
} catch (error) {
  say(`✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
// People of a failed rush may still be asking.
process.exit();

/** Answers the file of the run. */
async function play(): Promise<string> {
  const { client, notifications } = sources;
  const script = writeScript({ ...options, minuteMillis: options.minute }, Date.now());
  const { run, seed, restaurants } = script;
  await expectUnused(restaurants.map(({ restaurantId }) => restaurantId));
  const recorder = createRecorder(dataDir, script);
  const offsets = Object.fromEntries(await notifications.ends());
  recorder.write({ line: 'begun', script, offsets });
  const tally: Tally = {
    customers: restaurants.reduce((sum, { customers }) => sum + customers.length, 0),
    over: 0,
    refusals: new Map(),
  };
  say(
    `Run ${run} (--seed ${seed}): ${tally.customers} customers at ${restaurants.length} restaurants on ${url}`,
  );
  say(`Recorded in ${recorder.file}`);
  const stop = showRush(process.stdout, tally, client.meter);
  try {
    await Promise.all(restaurants.map((restaurant) => open(client, script, restaurant)));
    await rush(client, recorder, script, tally);
    recorder.write({ line: 'ended' });
  } finally {
    stop();
  }
  say(summary(tally, client.meter));
  return recorder.file;
}

/** Rejects when the service has one of the restaurants already, or does not answer. */
async function expectUnused(restaurants: readonly number[]): Promise<void> {
  await fetch(`${url}/health/live`).catch(() => {
    throw new Error(`nothing answers on ${url}: run npm start first`);
  });
  const { client } = sources;
  const found = await Promise.all(restaurants.map((id) => client.read(`${path(id)}/queue`)));
  if (found.some(({ status }) => status !== 404))
    throw new Error('another run has these restaurants: try again');
}

async function checkRun(file: string): Promise<void> {
  const run = readRun(file);
  say(`Checking run ${run.script.run}${run.ended ? '' : ', which was interrupted'}`);
  const checked = await check(run, sources, options.patience * 1_000);
  say(findings(checked));
  const { wrong } = checked;
  if (wrong.length === 0) {
    say('✔ tickets, states, no-shows, notifications and history are as they were done');
    return;
  }
  for (const each of wrong.slice(0, most)) say(`  ${each}`);
  if (wrong.length > most) say(`  … and ${wrong.length - most} more`);
  throw new Error(`${wrong.length} differences in ${file}`);
}
