/**
 * The client of `streams`, a process of its own: everybody who looks at a queue, and the customer who leaves it, so that
 * one clock measures from the request to every stream that tells of it.
 */
import { get, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../infra/stack/until.ts';
import { answer } from './child.ts';
import { percentile } from './latency.ts';
import { now } from './monotonic.ts';
import type { Broadcasts, Opened, Question, StreamPath, Told } from './streams.ts';

interface Stream {
  readonly restaurantId: number;
  /** The version that it has shown. */
  version: number;
  /** What has come of an event that is not whole yet. */
  rest: string;
}

interface Broadcast {
  readonly since: number;
  /** The newest version before it. */
  readonly base: number;
  /** Streams that have yet to tell. */
  readonly left: Set<Stream>;
  last: number;
}

/** Requests for streams that are under way at once. */
const openTogether = 50;
/** A stream that has not told by then has lost it (ms). */
const patience = 20_000;

const open = new Map<number, Set<Stream>>();
const broadcasts = new Map<number, Broadcast>();
const delays: number[] = [];

answer((asked) => {
  const question = asked as Question;
  return question.ask === 'open' ? openAll(question.url, question.streams) : broadcast(question);
});

async function openAll(url: string, paths: readonly StreamPath[]): Promise<Opened> {
  const since = now();
  const left = [...paths];
  const opener = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) await openOne(url, next);
  };
  await Promise.all(Array.from({ length: openTogether }, opener));
  return { millis: now() - since };
}

/** Resolves with the snapshot. */
function openOne(url: string, { path, restaurantId }: StreamPath): Promise<void> {
  const stream: Stream = { restaurantId, version: 0, rest: '' };
  const all = open.get(restaurantId) ?? new Set();
  open.set(restaurantId, all.add(stream));
  return new Promise((resolve, reject) => {
    get(url + path, { agent: false }, (res: IncomingMessage) => {
      if (res.statusCode !== 200) reject(new Error(`${path}: ${res.statusCode ?? 0}`));
      res.setEncoding('utf8');
      res.on('data', (text: string) => {
        hear(stream, text, now());
        if (stream.version > 0) resolve();
      });
      res.once('close', () => all.delete(stream));
    }).once('error', reject);
  });
}

function hear(stream: Stream, text: string, at: number): void {
  const blocks = (stream.rest + text).split('\n\n');
  stream.rest = blocks.pop() ?? '';
  for (const block of blocks) {
    const [, event] = /^event: ?(\w+)$/m.exec(block) ?? [];
    const [, id] = /^id: ?(\d+)$/m.exec(block) ?? [];
    if (id === undefined) continue;
    stream.version = Number(id);
    const told = broadcasts.get(stream.restaurantId);
    if (event !== 'change' || !told || stream.version <= told.base || !told.left.delete(stream)) continue;
    delays.push(at - told.since);
    told.last = at - told.since;
  }
}

/** A customer leaves at a time, at a steady pace; resolves when every stream has told of every one of them. */
async function broadcast({ url, leave, perSecond }: Broadcasts): Promise<Told> {
  delays.length = 0;
  const begun = now();
  const all: Broadcast[] = [];
  for (const [index, { path, restaurantId }] of leave.entries()) {
    await sleep(Math.max(0, begun + (index * 1_000) / perSecond - now()));
    const streams = open.get(restaurantId) ?? new Set();
    const base = Math.max(...[...streams].map(({ version }) => version));
    const told: Broadcast = { since: now(), base, left: new Set(streams), last: 0 };
    broadcasts.set(restaurantId, told);
    all.push(told);
    post(url + path);
  }
  const missing = (): number => all.reduce((sum, { left }) => sum + left.size, 0);
  if (!(await until(() => missing() === 0, patience)))
    throw new Error(`${missing()} streams did not tell that somebody had left`);
  const values = new Float64Array(delays);
  const last = new Float64Array(all.map((each) => each.last));
  return {
    told: delays.length,
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    last50: percentile(last, 0.5),
    last99: percentile(last, 0.99),
  };
}

function post(url: string): void {
  const asking = request(url, { method: 'POST', headers: { 'Content-Type': 'application/json' } }, (res) => {
    if (res.statusCode !== 200) throw new Error(`${url}: ${res.statusCode ?? 0}`);
    res.resume();
  });
  asking.end('{"actor":"CUSTOMER"}');
}
