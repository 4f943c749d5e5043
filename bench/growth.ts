/**
 * What grows with restaurants, and with the days that they have been open: how long a command takes, the memory of the
 * worker, what a queue takes in Redis, and the time until a worker is ready again.
 */
import { Redis } from 'ioredis';
import type { Server } from '../infra/stack/server.ts';
import { lunch, openings, registrations } from './commands.ts';
import { closeDay, type Lives, openDay, takeTheSendersTime } from './days.ts';
import type { Figure, Run } from './figures.ts';
import { now } from './monotonic.ts';
import { pacedCommands } from './pacedCommands.ts';
import { eachRun, type Say, scenario } from './scenario.ts';
import { openStage, settle, type Stage } from './stage.ts';
import { memory, pidOf } from './usage.ts';

type GrowthSize = {
  /** How many there are, growing. */
  readonly restaurants: readonly number[];
  /** That live through the days. */
  readonly daily: number;
  readonly days: number;
  /** Commands a second, far from what the worker can do. */
  readonly rate: number;
  readonly seconds: number;
};

/** Teams that wait at each of many restaurants, and that are seated at each of few on each day. */
const waiting = 3;
const seated = 20;

const measures = {
  'command → outcome, p50': 'ms',
  'command → outcome, p99': 'ms',
  'memory of the worker': 'MB',
  'Redis a queue': 'KB',
  'start to ready': 's',
} as const;
type Measure = keyof typeof measures;
type Measured = Readonly<Record<Measure, number>>;

const many = (restaurants: number): string => `${restaurants.toLocaleString('en')} restaurants`;
const lived = (days: number): string => (days === 1 ? '1 day' : `${days} days`);
const named = (when: string, measured: Measured): Run =>
  Object.fromEntries(Object.entries(measured).map(([name, value]) => [`${name}, ${when}`, value]));

function figuresOf({ restaurants, days }: GrowthSize): readonly Figure[] {
  const all = [...restaurants.map(many), lived(1), lived(days)];
  return [
    ...all.flatMap((when) =>
      Object.entries(measures).map(([name, unit]): Figure => ({ name: `${name}, ${when}`, unit })),
    ),
    { name: `Redis a queue, most restaurants ÷ fewest`, unit: '×', target: { most: 1.1 } },
    { name: `command → outcome, p50, most restaurants ÷ fewest`, unit: '×', target: { most: 2 } },
    { name: `memory of the worker, ${lived(days)} ÷ 1 day`, unit: '×', target: { most: 1.1 } },
    { name: `command → outcome, p50, ${lived(days)} ÷ 1 day`, unit: '×', target: { most: 1.5 } },
  ];
}

async function run(size: GrowthSize, say: Say): Promise<Run> {
  const { days } = size;
  const byCount = await moreRestaurants(size, (text, share = 0) => say(text, share * 0.7));
  const byDay = await moreDays(size, (text, share = 0) => say(text, 0.7 + share * 0.3));
  const [fewest, most] = [byCount[0], byCount.at(-1)];
  const [first, last] = byDay;
  if (!fewest || !most) throw new Error('nothing was measured');
  return {
    ...byCount.reduce<Run>((all, [count, measured]) => ({ ...all, ...named(many(count), measured) }), {}),
    ...named(lived(1), first),
    ...named(lived(days), last),
    'Redis a queue, most restaurants ÷ fewest': most[1]['Redis a queue'] / fewest[1]['Redis a queue'],
    'command → outcome, p50, most restaurants ÷ fewest':
      most[1]['command → outcome, p50'] / fewest[1]['command → outcome, p50'],
    [`memory of the worker, ${lived(days)} ÷ 1 day`]:
      last['memory of the worker'] / first['memory of the worker'],
    [`command → outcome, p50, ${lived(days)} ÷ 1 day`]:
      last['command → outcome, p50'] / first['command → outcome, p50'],
  };
}

/** The same few teams wait at more and more restaurants. */
async function moreRestaurants(size: GrowthSize, say: Say): Promise<(readonly [number, Measured])[]> {
  const stage = await openStage('queue');
  try {
    const scene = await open(stage, size);
    const all: (readonly [number, Measured])[] = [];
    let there = 0;
    for (const [index, count] of size.restaurants.entries()) {
      say(many(count), index / size.restaurants.length);
      const [more, first] = [count - there, there + 1];
      await settle(stage, [scene.worker], openings(stage.codec, more, first));
      await settle(stage, [scene.worker], lunch(stage.codec, more, waiting, 1, first));
      there = count;
      all.push([count, await look(scene, count, 1)]);
    }
    await stage.verify();
    return all;
  } finally {
    await stage.close();
  }
}

/** The same restaurants, day after day: how they are on the first, and on the last. */
async function moreDays(size: GrowthSize, say: Say): Promise<readonly [Measured, Measured]> {
  const { daily: restaurants, days } = size;
  const stage = await openStage('queue');
  try {
    await takeTheSendersTime(stage.kafka);
    const scene = await open(stage, size);
    await settle(stage, [scene.worker], openings(stage.codec, restaurants));
    let lives: Lives = { restaurants, teams: seated, before: 0, since: Date.now() };
    const looks: Measured[] = [];
    for (let day = 1; day <= days; day += 1) {
      say(`day ${day}`, day / days);
      const datesId = day + 1;
      await settle(stage, [scene.worker], openDay(stage.codec, datesId, lives));
      lives = { ...lives, before: lives.before + seated };
      if (day === 1 || day === days) {
        looks.push(await look(scene, restaurants, datesId));
        lives = { ...lives, before: lives.before + registered(size, restaurants) / restaurants };
      }
      await settle(stage, [scene.worker], closeDay(stage.codec, datesId, lives));
    }
    const [first, last] = looks;
    if (!first || !last) throw new Error('nothing was measured');
    return [first, last];
  } finally {
    await stage.close();
  }
}

interface Scene {
  readonly stage: Stage;
  readonly worker: Server<'app'>;
  readonly redis: Redis;
  /** Bytes that an empty Redis takes. */
  readonly empty: number;
  readonly size: GrowthSize;
  /** Teams that came while it was looked at. */
  registered: number;
}

async function open(stage: Stage, size: GrowthSize): Promise<Scene> {
  const redis = new Redis(stage.stack.urls.REDIS_URL);
  stage.owns({ stop: () => redis.quit().then(() => undefined) });
  const empty = await usedBytes(redis);
  const worker = await stage.worker();
  await worker.start();
  return { stage, worker, redis, empty, size, registered: 0 };
}

const warmUp = 3;
/** As many at each restaurant. */
const registered = ({ rate, seconds }: GrowthSize, restaurants: number): number =>
  restaurants * Math.max(1, Math.round((rate * (seconds + warmUp)) / restaurants));

/** Looks at it all, with a worker that has just been started; leaves some more teams waiting. */
async function look(scene: Scene, restaurants: number, datesId: number): Promise<Measured> {
  const { stage, worker, redis, empty, size } = scene;
  const bytes = (await usedBytes(redis)) - empty;
  await worker.stop();
  const stopped = now();
  await worker.start();
  const ready = now() - stopped;

  const { rate, seconds } = size;
  const most = datesId === 1 ? rate * (seconds + warmUp) : registered(size, restaurants);
  const messages = [...registrations(stage.codec, restaurants, most, scene.registered, datesId)];
  scene.registered += messages.length;
  const { outcome, from } = await pacedCommands(stage, messages, { rate, seconds, warmUp });
  return {
    'command → outcome, p50': outcome.percentile(0.5, from),
    'command → outcome, p99': outcome.percentile(0.99, from),
    'memory of the worker': memory(pidOf(worker)),
    'Redis a queue': bytes / restaurants / 1_000,
    'start to ready': ready / 1_000,
  };
}

async function usedBytes(redis: Redis): Promise<number> {
  const [, bytes] = /^used_memory:(\d+)/m.exec(await redis.info('memory')) ?? [];
  return Number(bytes);
}

export const growth = scenario<GrowthSize>({
  about: 'what grows with restaurants and with days: latency, memory, Redis, start-up',
  sizes: {
    quick: { restaurants: [1_000, 10_000], daily: 100, days: 10, rate: 200, seconds: 4 },
    full: { restaurants: [1_000, 10_000, 100_000], daily: 300, days: 10, rate: 200, seconds: 20 },
  },
  figures: figuresOf,
  measure: eachRun(run),
});
