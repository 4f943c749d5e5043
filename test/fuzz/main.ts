/**
 * `npm run test:fuzz -- --cases N --seed S`: bad input by the thousand, at a system of its own: records on the log,
 * bytes on sockets, requests by the API's own document. Ends with 1 when anything came of it that should not, and then
 * says where the logs are. The last line is one JSON object.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { Redis } from 'ioredis';
import { openStage, type Stage } from '../../bench/stage.ts';
import { CannotStart } from '../../infra/stack/cannotStart.ts';
import { seed as seedRestaurants } from '../../infra/application/seed.ts';
import { positiveNumber, wholeNumber } from '../../src/cli/wholeNumber.ts';
import { connectRegistry } from '../../src/schemas/registry.ts';
import { identities } from '../identities.ts';
import { type Caller, fuzzApi } from './api.ts';
import { complaints } from './complaints.ts';
import { type Fuzzed, fuzzRecords } from './records.ts';
import { fuzzSockets } from './sockets.ts';

const parts = ['records', 'sockets', 'api'] as const;
type Part = (typeof parts)[number];
/** Of all cases: they take as long, about, a record being the quickest. */
const shares: Readonly<Record<Part, number>> = { records: 0.8, sockets: 0.1, api: 0.1 };

const options = new Command('test:fuzz')
  .description('Sends a system of its own what nobody should send, and checks that nothing comes of it.')
  .option('--cases <n>', 'how many in all, about', positiveNumber, 20_000)
  .option('--seed <n>', 'decides what is sent', wholeNumber, 1)
  .addOption(new Option('--only <parts...>', 'leaves out the others').choices(parts).default(parts))
  .parse()
  .opts<{ cases: number; seed: number; only: readonly Part[] }>();

const partitions = 8;
const shown = 20;

const folder = mkdtempSync(join(tmpdir(), 'waiting-fuzz-'));
const say = (text: string): void => console.log(`… ${text}`);

try {
  const results = await run();
  const problems = Object.values(results).flatMap((each) => each.problems);
  for (const [part, { cases, seconds, counts }] of Object.entries(results)) {
    console.log(`${part}: ${cases} cases in ${seconds.toFixed(0)} s`);
    for (const [what, count] of Object.entries(counts).sort(([, a], [, b]) => b - a))
      console.log(`  ${String(count).padStart(8)}  ${what}`);
  }
  for (const problem of problems.slice(0, shown)) console.log(`✗ ${problem}`);
  if (problems.length > shown) console.log(`✗ and ${problems.length - shown} more`);
  if (problems.length > 0) console.log(`the logs are in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  const summary = Object.fromEntries(
    Object.entries(results).map(([part, { cases, seconds, counts, problems: own }]) => [
      part,
      { cases, seconds: Math.round(seconds), counts, problems: own.length },
    ]),
  );
  console.log(JSON.stringify({ seed: options.seed, ...summary }));
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof CannotStart ? `✗ ${error.message}` : error);
  console.error(`the logs are in ${folder}`);
  process.exitCode = 1;
}

async function run(): Promise<Record<string, Fuzzed>> {
  say('starting a system');
  const stage = await openStage('ingress,queue,history', partitions, { place: folder });
  try {
    return await runOn(stage);
  } finally {
    await stage.close();
  }
}

async function runOn(stage: Stage): Promise<Record<string, Fuzzed>> {
  const app = await stage.worker();
  await app.start();
  const { urls } = stage.stack;
  const results: Record<string, Fuzzed> = {};
  const problems: string[] = [];
  const sizeOf = (part: Part) => {
    const all = options.only.reduce((sum, each) => sum + shares[each], 0);
    return { seed: options.seed, cases: Math.round((options.cases * shares[part]) / all) };
  };
  await seedRestaurants(app.url, AbortSignal.timeout(60_000));
  const restaurants = [1, 2, 3];
  if (options.only.includes('sockets')) {
    say('bytes on sockets');
    results['sockets'] = await fuzzSockets(app.url, { restaurants }, sizeOf('sockets'), say);
  }
  if (options.only.includes('api')) {
    const provider = await identities();
    const guarded = await stage.ingress(provider.env);
    await guarded.start();
    const userId = 7;
    const callers: readonly (Caller & { readonly url: string })[] = [
      { name: 'open', token: null, url: app.url },
      {
        name: 'service',
        token: await provider.token({ role: 'service', sub: 'fuzz', restaurants: '*' }),
        url: guarded.url,
      },
      {
        name: 'owner',
        token: await provider.token({ role: 'owner', sub: 'fuzz', restaurants: restaurants.slice(0, 2) }),
        url: guarded.url,
      },
      {
        name: 'customer',
        token: await provider.token({ role: 'customer', sub: userId }),
        url: guarded.url,
        userId,
      },
    ];
    const { seed, cases } = sizeOf('api');
    for (const { url, ...caller } of callers) {
      say(`requests by the API's document, ${caller.name}`);
      const size = { seed, cases: Math.round(cases / callers.length) };
      results[`api, ${caller.name}`] = await fuzzApi(url, restaurants, size, caller, folder);
    }
    problems.push(...complaints(guarded.log ?? ''));
  }
  if (options.only.includes('records')) {
    say('records on the log');
    const redis = new Redis(urls.REDIS_URL);
    try {
      const system = {
        brokers: urls.KAFKA_BROKERS,
        registryUrl: urls.SCHEMA_REGISTRY_URL,
        kafka: stage.kafka,
        redis,
        codec: stage.codec,
        ids: await connectRegistry({ url: urls.SCHEMA_REGISTRY_URL }).lookUp(),
        partitions,
        url: app.url,
      };
      results['records'] = await fuzzRecords(system, sizeOf('records'), say);
    } finally {
      redis.disconnect();
    }
  }
  say('holding what is kept against the logs');
  const differs = await stage.verify().then(
    () => [],
    (error: unknown) => [String(error)],
  );
  problems.push(...differs, ...complaints(app.log ?? ''));
  return { ...results, afterwards: { cases: 0, seconds: 0, counts: {}, problems } };
}
