/**
 * How many reads a second one ingress answers, beside bare servers that take turns with it on the same Redis and Postgres
 * with the same answers to give. Tasks and history are another process of the product, as in a deployment of several.
 */
import { Redis } from 'ioredis';
import pg from 'pg';
import { idOf } from '../src/domain/queue.ts';
import { type Bare, bares, hashes, type Kind, kinds, type Opening } from './bare.ts';
import { startChild, type Child } from './child.ts';
import { lunch, openings } from './commands.ts';
import type { Figure, Run } from './figures.ts';
import type { Answered, Job } from './httpLoad.ts';
import { part, type Say, scenario } from './scenario.ts';
import { emittedOffset, metric, openStage, type Stage, until } from './stage.ts';

interface ReadsSize {
  readonly restaurants: number;
  /** That wait at each of them. */
  readonly teams: number;
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly [name: string]: number | readonly number[];
}

type Server = 'product' | Bare;
const servers: readonly Server[] = ['product', ...bares];

const routes: Readonly<Record<Kind, string>> = {
  waiting: 'GET /waitings/{id}',
  order: 'GET /waitings/order/…',
  list: 'GET /waitings?restaurantId=…',
};

const combinations = (connections: readonly number[]) =>
  kinds.flatMap((kind) =>
    connections.map((count) => ({ kind, count, label: `${routes[kind]}, ${count} connections` })),
  );

const figuresOf = ({ connections }: ReadsSize): readonly Figure[] =>
  combinations(connections).flatMap(({ label }): Figure[] => [
    ...servers.map((server) => ({ name: `${label}: ${server}`, unit: 'requests/s' })),
    { name: `${label}: product ÷ express + Redis`, unit: '×', target: { least: 0.9 } },
    { name: `${label}: product ÷ express + Postgres`, unit: '×', target: { least: 1.5 } },
    { name: `${label}: p99 of the product`, unit: 'ms' },
    { name: `${label}: p99 of express + Redis`, unit: 'ms' },
    { name: `${label}: p99 ÷ express + Redis`, unit: '×', target: { most: 2 } },
    { name: `${label}: errors of the product`, unit: 'requests', target: { most: 0 } },
  ]);

const warmUpSeconds = 1;
const patience = 600_000;
/** Each connection asks for them in turn. */
const pathsAsked = 1_000;

async function measure(size: ReadsSize, runs: number, say: Say): Promise<readonly Run[]> {
  const stage = await openStage('queue,history');
  try {
    const { urls, paths, client } = await open(stage, size, say);
    const ask = async (
      server: Server,
      kind: Kind,
      connections: number,
      seconds: number,
    ): Promise<Answered> => {
      const job: Job = { url: urls.get(server) ?? '', paths: paths[kind], connections, seconds };
      return (await client.ask(job)) as Answered;
    };
    const most = Math.max(...size.connections);
    for (const server of servers) {
      say(`warming up ${server}`);
      for (const kind of kinds) await ask(server, kind, most, warmUpSeconds);
    }

    const all: Run[] = [];
    for (let done = 0; done < runs; done += 1) {
      const figures: Record<string, number> = {};
      const each = combinations(size.connections);
      for (const [index, { kind, count, label }] of each.entries()) {
        part(say, done, runs)(label, index / each.length);
        const answered = new Map<Server, Answered>();
        for (const server of servers) answered.set(server, await ask(server, kind, count, size.seconds));
        Object.assign(figures, figuresFrom(label, answered));
      }
      all.push(figures);
    }
    await stage.verify();
    return all;
  } finally {
    await stage.close();
  }
}

function figuresFrom(label: string, answered: ReadonlyMap<Server, Answered>): Run {
  const of = (server: Server): Answered => {
    const its = answered.get(server);
    if (!its) throw new Error(`${server} was not measured`);
    return its;
  };
  const [product, redis, postgres] = [of('product'), of('express + Redis'), of('express + Postgres')];
  return {
    ...Object.fromEntries(servers.map((server) => [`${label}: ${server}`, of(server).rate])),
    [`${label}: product ÷ express + Redis`]: product.rate / redis.rate,
    [`${label}: product ÷ express + Postgres`]: product.rate / postgres.rate,
    [`${label}: p99 of the product`]: product.p99,
    [`${label}: p99 of express + Redis`]: redis.p99,
    [`${label}: p99 ÷ express + Redis`]: product.p99 / redis.p99,
    [`${label}: errors of the product`]: product.errors,
  };
}

interface Opened {
  readonly urls: ReadonlyMap<Server, string>;
  readonly paths: Paths;
  readonly client: Child;
}
type Paths = Readonly<Record<Kind, readonly string[]>>;

/** Teams wait, the history has them, and every server has the same to tell. */
async function open(stage: Stage, { restaurants, teams }: ReadsSize, say: Say): Promise<Opened> {
  say('commands');
  const opened = await stage.produce(openings(stage.codec, restaurants), () => undefined);
  const total = opened + (await stage.produce(lunch(stage.codec, restaurants, teams, 1), () => undefined));
  const worker = await stage.worker();
  await worker.start();
  const told = (): Promise<number> => metric(worker, emittedOffset);
  await until('all outputs are committed', patience, told, total);
  await historyOf(stage.stack.urls.DATABASE_URL, restaurants * teams);
  const ingress = await stage.ingress();
  await ingress.start();

  say('the answers, for those that only keep them');
  const ids = Array.from({ length: restaurants }, (_, index) => index + 1);
  const teamsOf = (id: number): number[] => Array.from({ length: teams }, (_, n) => idOf(id, n + 1));
  const answers = new Map<Kind, readonly Kept[]>([
    ['waiting', ids.flatMap((id) => teamsOf(id).map((team) => kept(team, `/waitings/${team}`)))],
    ['order', ids.flatMap((id) => teamsOf(id).map((team) => kept(team, `/waitings/order/${id}/${team}`)))],
    ['list', ids.map((id) => kept(id, `/waitings?restaurantId=${id}`))],
  ]);
  const redis = new Redis(stage.stack.urls.REDIS_URL);
  for (const [kind, all] of answers)
    for (const { field, path } of all)
      await redis.hset(hashes[kind], field, await (await fetch(ingress.url + path)).text());
  await redis.quit();

  const urls = new Map<Server, string>([['product', ingress.url]]);
  const { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl } = stage.stack.urls;
  for (const bare of bares) {
    const opening: Opening = { bare, redisUrl, databaseUrl };
    const { url } = (await stage.owns(startChild('bareServer.ts')).ask(opening)) as { url: string };
    urls.set(bare, url);
  }
  const some = (kind: Kind): string[] =>
    (answers.get(kind) ?? []).slice(0, pathsAsked).map(({ path }) => path);
  return {
    urls,
    paths: { waiting: some('waiting'), order: some('order'), list: some('list') },
    client: stage.owns(startChild('httpLoad.ts')),
  };
}

interface Kept {
  readonly field: string;
  readonly path: string;
}
const kept = (id: number, path: string): Kept => ({ field: String(id), path });

/** Waits until Postgres has the waitings, and knows how many there are, as after its own next look at the table. */
async function historyOf(databaseUrl: string, waitings: number): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const count = async (): Promise<number> =>
      Number((await database.query<{ count: string }>('SELECT count(*) FROM waitings')).rows[0]?.count);
    await until('the history has every waiting', patience, count, waitings);
    await database.query('VACUUM ANALYZE waitings');
  } finally {
    await database.end();
  }
}

export const reads = scenario<ReadsSize>({
  about: 'reads of one ingress, beside bare servers on Redis and Postgres',
  sizes: {
    quick: { restaurants: 50, teams: 20, connections: [6, 60], seconds: 1 },
    full: { restaurants: 1_000, teams: 20, connections: [6, 60], seconds: 5 },
  },
  figures: figuresOf,
  measure,
});
