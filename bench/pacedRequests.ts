/** Registrations over HTTP at a steady pace, over connections that are kept: when each is answered 201. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Server } from '../infra/stack/server.ts';
import { until } from '../infra/stack/until.ts';
import { openings, teamsPerRestaurant } from './commands.ts';
import { type Latencies, latencies } from './latency.ts';
import { now } from './monotonic.ts';
import { openLoop } from './openLoop.ts';
import type { Pace } from './pacedCommands.ts';
import { settle, type Stage } from './stage.ts';

const patienceMillis = 30_000;
/** A client's pool. Taken in turns, none of them is idle for as long as a server keeps one. */
const pool = { keepAlive: true, maxSockets: 100, scheduling: 'fifo' } as const;

export interface Answered {
  readonly answer: Latencies;
  readonly late: Latencies;
  /** The index of the first request after the warm-up. */
  readonly from: number;
}

/** A request as it is sent, and how it has to be answered. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly status: number;
}

/** Restaurants from the id `first` on are nobody else's. Rejects when a request is answered anything else than 201. */
export async function pacedRequests(
  stage: Stage,
  worker: Server<'app'>,
  pace: Pace,
  first: number,
): Promise<Answered> {
  const restaurants = restaurantsOf(pace);
  await settle(stage, [worker], openings(stage.codec, restaurants, first));
  return pacedHttp(pace, (index) => registration(worker.url, first + (index % restaurants), index + 1));
}

/** So that everybody finds a place. */
export const restaurantsOf = ({ rate, seconds, warmUp }: Pace): number =>
  Math.ceil((rate * (warmUp + seconds)) / teamsPerRestaurant);

export const registration = (url: string, restaurantId: number, userId: number): Ask => ({
  method: 'POST',
  url: `${url}/waitings`,
  headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
  body: JSON.stringify({ datesId: 1, userId, userCount: 2, restaurantId }),
  status: 201,
});

/** Sends what `askOf` says of each index. Rejects when a request is not answered as it has to be. */
export async function pacedHttp(
  { rate, seconds, warmUp }: Pace,
  askOf: (index: number) => Ask,
): Promise<Answered> {
  const count = rate * (warmUp + seconds);
  const agent = new Agent(pool);
  const answer = latencies(count);
  const faults: string[] = [];
  try {
    const loop = openLoop({ rate, count }, (from, to) => {
      loop.left(from, to);
      for (let index = from; index < to; index += 1) {
        const asked = askOf(index);
        send(agent, asked).then(
          ({ status, at }) => {
            if (status === asked.status) answer.told(index, at - loop.dueAt(index));
            else faults.push(`request ${index} was answered ${status}`);
          },
          (error: unknown) => faults.push(String(error)),
        );
      }
    });
    await loop.over;
    const all = (): boolean => answer.count() + faults.length === count;
    if (!(await until(all, patienceMillis))) faults.push(`${answer.count()} of ${count} were answered`);
    if (faults.length > 0) throw new Error(`${faults.length} faults over HTTP, such as: ${faults[0] ?? ''}`);
    return { answer, late: loop.late, from: rate * warmUp };
  } finally {
    agent.destroy();
  }
}

/** Resolves when all of the answer is here. */
const send = (agent: Agent, { method, url, headers, body }: Ask): Promise<{ status: number; at: number }> =>
  new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method, headers: { ...headers, ...length } }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, at: now() }));
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
