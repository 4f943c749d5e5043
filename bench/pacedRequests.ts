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

/** Restaurants from the id `first` on are nobody else's. Rejects when a request is answered anything else. */
export async function pacedRequests(
  stage: Stage,
  worker: Server<'app'>,
  { rate, seconds, warmUp }: Pace,
  first: number,
): Promise<Answered> {
  const count = rate * (warmUp + seconds);
  const restaurants = Math.ceil(count / teamsPerRestaurant);
  await settle(stage, [worker], openings(stage.codec, restaurants, first));

  const agent = new Agent(pool);
  const answer = latencies(count);
  const faults: string[] = [];
  try {
    const loop = openLoop({ rate, count }, (from, to) => {
      loop.left(from, to);
      for (let index = from; index < to; index += 1) {
        post(agent, `${worker.url}/waitings`, registration(first + (index % restaurants), index + 1)).then(
          ({ status, at }) => {
            if (status === 201) answer.told(index, at - loop.dueAt(index));
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

const registration = (restaurantId: number, userId: number): string =>
  JSON.stringify({ datesId: 1, userId, userCount: 2, restaurantId });

/** Resolves when all of the answer is here. */
const post = (agent: Agent, url: string, body: string): Promise<{ status: number; at: number }> =>
  new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Idempotency-Key': randomUUID(),
    };
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, at: now() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
