/**
 * `npm start`: the whole product on this machine, from nothing to a curl to try, until Ctrl-C. The servers are of
 * stack/, the application's own steps of application/; here is the order in which they come and go. With `--hardened`
 * the servers let only users in who prove who they are, and every part of the product has rights of its own (security/).
 */
import { join, resolve } from 'node:path';
import { application, compressedTime, setUp } from './application/application.ts';
import { followComplaints } from './application/complaints.ts';
import { linkKeysOf } from './application/linkKeys.ts';
import { describePages, firstRestaurant, pagesOf } from './application/pages.ts';
import { seed } from './application/seed.ts';
import { vapidVariables } from './application/vapidKeys.ts';
import { shellFile } from './security/environment.ts';
import { hardenedProcess, identitiesIn, setUpHardened, startHardenedStack } from './security/hardened.ts';
import { CannotStart } from './stack/cannotStart.ts';
import { howFrom } from './stack/how.ts';
import { watchLaunchers } from './stack/launchers.ts';
import { freePort, type Ports, portsFrom } from './stack/ports.ts';
import type { Places, Server } from './stack/server.ts';
import { startStack, type Stack, type StackOptions } from './stack/stack.ts';
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
  const folder = resolve(process.env['DATA_DIR'] ?? join(import.meta.dirname, '..', '.data'));
  const hardened = process.argv.includes('--hardened');
  const dataDir = hardened ? join(folder, 'hardened') : folder;
  const options = {
    dataDir,
    ports: portsFrom(process.env),
    alsoFree: ['http'],
    keep: true,
    steps: show,
    signal: over.signal,
    onDeath,
  } as const;
  const places = {
    logDir: join(dataDir, 'logs'),
    runDir: join(dataDir, 'run'),
    signal: over.signal,
    onDeath,
  };
  const product = await (hardened ? hardenedProduct(options, places) : plainProduct(options, places));
  try {
    await runApplication(product);
  } finally {
    await product.stack.stop();
  }
}

/** The servers, which run, and the application, which does not yet. */
interface Product {
  readonly stack: Stack;
  readonly setUp: () => Promise<void>;
  /** Where the API is going to be. */
  readonly url: string;
  readonly processes: readonly Server<string>[];
  /** By which a request of a service says who is asking, and one of a customer, as an option of curl. */
  readonly asService: Readonly<Record<string, string>>;
  readonly asCustomer: string;
  readonly logDir: string;
  /** What there is to know once it runs, as pairs of name and value. */
  readonly notes: readonly (readonly [string, string])[];
}

async function plainProduct(
  options: StackOptions & { readonly ports: Ports },
  places: Places,
): Promise<Product> {
  const stack = await startStack({
    ...options,
    given: givenUrls(process.env),
    how: howFrom(process.env),
  });
  const env = {
    ...compressedTime,
    ...vapidVariables(options.dataDir, process.env),
    LINK_KEYS: process.env['LINK_KEYS'] ?? linkKeysOf(options.dataDir),
  };
  const ours = { urls: stack.urls, port: options.ports.http, places, env };
  const app = application(ours);
  return {
    stack,
    setUp: () => setUp(ours),
    url: app.url,
    processes: [app],
    asService: {},
    asCustomer: '',
    logDir: places.logDir,
    notes: [],
  };
}

async function hardenedProduct(
  options: StackOptions & { readonly ports: Ports },
  places: Places,
): Promise<Product> {
  const given = Object.keys(givenUrls(process.env));
  if (given.length > 0)
    throw new CannotStart(`a hardened start has servers of its own: unset ${given.join(', ')}`);
  const stack = await startHardenedStack(options);
  const ingress = hardenedProcess(stack, 'ingress', { port: options.ports.http, places });
  const others = await Promise.all(
    (['worker', 'history', 'push'] as const).map(async (name) =>
      hardenedProcess(stack, name, { port: await freePort(), places }),
    ),
  );
  const { folder } = stack.materials;
  const tokens = identitiesIn(stack.materials);
  const service = await stack.identities.token({ role: 'SERVICE', sub: 'seed', restaurants: '*' });
  return {
    stack,
    setUp: () => setUpHardened(stack, { places }),
    url: ingress.url,
    processes: [...others, ingress],
    asService: { Authorization: `Bearer ${service}` },
    asCustomer: ` -H "Authorization: Bearer $(cat ${join(tokens, 'customer.jwt')})"`,
    logDir: places.logDir,
    notes: [
      ['certificates', `${folder}, trusted by ca.pem`],
      ['users', join(folder, 'passwords.json')],
      [
        'tokens',
        `${tokens}: ${['owner', 'customer', 'service', 'operator'].map((name) => `${name}.jwt`).join(', ')}`,
      ],
      ['as operator', `. ${join(folder, 'operator', shellFile)} && npm run cli -- doctor`],
    ],
  };
}

async function runApplication(product: Product): Promise<void> {
  await show.step('setup', 'topics, schemas and tables', () =>
    product.setUp().then(() => 'topics, schemas and tables are there'),
  );
  const { processes, url, asService } = product;
  const read = new AbortController();
  const reading: Promise<void>[] = [];
  try {
    for (const process of processes) {
      const { name, log } = process;
      await show.step(name, 'starting', () => process.start().then(() => `ready on ${process.url}`));
      if (log !== undefined) reading.push(followComplaints(name, log, show.say, read.signal));
    }
    await show.step('restaurants', 'seeding', () =>
      seed(url, over.signal, asService).then((added) =>
        added > 0 ? `${added} new ones are open` : 'there already',
      ),
    );
    welcome(product, await pagesOf(url, firstRestaurant, asService));
    await aborted(over.signal);
  } finally {
    for (const process of processes.toReversed()) {
      if (process.running)
        await show.step(process.name, 'stopping', () => process.stop().then(() => 'stopped'));
    }
    read.abort();
    await Promise.all(reading);
  }
}

function welcome(
  { stack, url, logDir, notes, asCustomer }: Product,
  pages: Awaited<ReturnType<typeof pagesOf>>,
): void {
  const body = '{"datesId": 1, "userId": 1, "userCount": 2, "restaurantId": 1}';
  const lines = [
    ['the product', url],
    ['metrics', `${url}/metrics`],
    ['Kafka', stack.urls.KAFKA_BROKERS],
    ['registry', stack.urls.SCHEMA_REGISTRY_URL],
    ['Redis', stack.urls.REDIS_URL],
    ['Postgres', stack.urls.DATABASE_URL.replace(/:[^:@/]*@/, ':…@')],
    ['logs', logDir],
    ...notes,
  ] as const;
  show.say(`
Ready after ${((Date.now() - began) / 1000).toFixed(1)} s.

${lines.map(([name, value]) => `  ${name.padEnd(13)} ${value}`).join('\n')}

${describePages(pages)}

Or try: curl -X POST ${url}/waitings${asCustomer} -H 'Content-Type: application/json' -d '${body}'
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
