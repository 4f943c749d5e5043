/**
 * Open event streams of one ingress: what they take, and how long it takes all that show a queue to tell of a change. At
 * each restaurant every waiting team has its stream, and the owner's tablet one; when the first of the line leaves, every
 * one of them has something to tell.
 */
import { idOf } from '../src/domain/queue.ts';
import { type Child, startChild } from './child.ts';
import { lunch, openings } from './commands.ts';
import type { Figure, Run } from './figures.ts';
import { part, type Say, scenario } from './scenario.ts';
import { openStage, settle } from './stage.ts';
import { memory, peakMemory, pidOf } from './usage.ts';

export interface StreamPath {
  readonly restaurantId: number;
  readonly path: string;
}

interface Openings {
  readonly ask: 'open';
  readonly url: string;
  readonly streams: readonly StreamPath[];
}

export interface Opened {
  readonly millis: number;
}

export interface Broadcasts {
  readonly ask: 'broadcast';
  readonly url: string;
  /** The requests of those who leave. */
  readonly leave: readonly StreamPath[];
  readonly perSecond: number;
}

/** In milliseconds from the request; `last`: until the last stream of a queue had told. */
export interface Told {
  readonly told: number;
  readonly p50: number;
  readonly p99: number;
  readonly last50: number;
  readonly last99: number;
}

export type Question = Openings | Broadcasts;

/** A tablet and 99 teams look at each queue. */
const perQueue = 100;

type StreamsSize = {
  readonly streams: number;
  /** Somebody leaves so often a second, this many seconds long. */
  readonly perSecond: number;
  readonly seconds: number;
};

const figures: readonly Figure[] = [
  { name: 'opened', unit: 'streams/s' },
  { name: 'memory a stream', unit: 'KB' },
  { name: 'memory of the ingress with all open', unit: 'MB', target: { most: 600 } },
  { name: 'peak memory of the ingress', unit: 'MB', target: { most: 600 } },
  { name: 'POST → a stream tells, p50', unit: 'ms' },
  { name: 'POST → a stream tells, p99', unit: 'ms' },
  { name: 'POST → the last stream of the queue tells, p50', unit: 'ms' },
  { name: 'POST → the last stream of the queue tells, p99', unit: 'ms' },
  { name: 'told', unit: 'events/s' },
];

async function measure(size: StreamsSize, runs: number, say: Say): Promise<readonly Run[]> {
  const stage = await openStage('queue');
  try {
    const restaurants = Math.ceil(size.streams / perQueue);
    const teams = perQueue - 1;
    say('commands');
    const worker = await stage.worker();
    await worker.start();
    const all: Run[] = [];
    for (let done = 0; done < runs; done += 1) {
      const sayOf = part(say, done, runs);
      const first = 1 + done * restaurants;
      await settle(stage, [worker], openings(stage.codec, restaurants, first));
      await settle(stage, [worker], lunch(stage.codec, restaurants, teams, 1, first));
      // A process of its own each time: memory that was used once is not given back.
      const ingress = await stage.ingress();
      await ingress.start();
      const client = startChild('streamClient.ts');
      try {
        all.push(
          await lookOn(size, { client, url: ingress.url, pid: pidOf(ingress), first, restaurants }, sayOf),
        );
      } finally {
        await client.stop();
        await ingress.stop();
      }
    }
    await stage.verify();
    return all;
  } finally {
    await stage.close();
  }
}

interface Onlookers {
  readonly client: Child;
  readonly url: string;
  readonly pid: number;
  readonly first: number;
  readonly restaurants: number;
}

async function lookOn(
  { perSecond, seconds }: StreamsSize,
  { client, url, pid, first, restaurants }: Onlookers,
  say: Say,
): Promise<Run> {
  const ids = Array.from({ length: restaurants }, (_, index) => first + index);
  const streams = ids.flatMap((id) => streamsOf(id));
  const before = memory(pid);
  say(`opening ${streams.length} streams`, 0.2);
  const opening: Openings = { ask: 'open', url, streams };
  const { millis } = (await client.ask(opening)) as Opened;
  const after = memory(pid);

  say(`${streams.length} streams are open`, 0.5);
  const leave = Array.from({ length: perSecond * seconds }, (_, index) => {
    const restaurantId = first + (index % restaurants);
    const team = idOf(restaurantId, 1 + Math.floor(index / restaurants));
    return { restaurantId, path: `/waitings/${restaurantId}/${team}/actions/waiting_cancel` };
  });
  const broadcasts: Broadcasts = { ask: 'broadcast', url, leave, perSecond };
  const told = (await client.ask(broadcasts)) as Told;
  return {
    opened: (streams.length * 1_000) / millis,
    'memory a stream': ((after - before) * 1_000) / streams.length,
    'memory of the ingress with all open': after,
    'peak memory of the ingress': peakMemory(pid),
    'POST → a stream tells, p50': told.p50,
    'POST → a stream tells, p99': told.p99,
    'POST → the last stream of the queue tells, p50': told.last50,
    'POST → the last stream of the queue tells, p99': told.last99,
    told: told.told / seconds,
  };
}

const streamsOf = (restaurantId: number): StreamPath[] => [
  { restaurantId, path: `/restaurants/${restaurantId}/stream` },
  ...Array.from({ length: perQueue - 1 }, (_, n) => ({
    restaurantId,
    path: `/waitings/${idOf(restaurantId, n + 1)}/stream`,
  })),
];

export const streams = scenario<StreamsSize>({
  about: 'open event streams of one ingress: what they take, and how soon all of them tell',
  sizes: {
    quick: { streams: 10_000, perSecond: 10, seconds: 5 },
    full: { streams: 10_000, perSecond: 10, seconds: 20 },
  },
  figures: () => figures,
  measure,
});
