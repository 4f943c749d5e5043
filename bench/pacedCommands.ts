/** Commands at a steady pace, straight to the log: when the sender has the outcome, and when others can read of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../infra/stack/until.ts';
import type { Server } from '../infra/stack/server.ts';
import { topics } from '../src/schemas/topics.ts';
import {
  commandsPerTeam,
  lunch,
  type Message,
  openings,
  restaurantsFor,
  teamsPerRestaurant,
} from './commands.ts';
import { type Latencies, latencies } from './latency.ts';
import { type OpenLoop, openLoop } from './openLoop.ts';
import { hearOutcomes, readNotifications } from './outcomes.ts';
import { settle, type Stage } from './stage.ts';

/** The last answer comes so much after the last command at the latest (ms). */
const patienceMillis = 30_000;
/** An answer that is told twice is told again within this (ms). */
const settleMillis = 500;

export interface Pace {
  readonly rate: number;
  /** What is measured, after a warm-up that is not; both in seconds. */
  readonly seconds: number;
  readonly warmUp: number;
}

export interface Measured {
  readonly outcome: Latencies;
  readonly notification: Latencies;
  readonly late: Latencies;
  /** The index of the first command after the warm-up. */
  readonly from: number;
}

/** Opens restaurants for so many commands, and makes these, in a legal order. */
export async function prepareLunch(
  stage: Stage,
  workers: readonly Server<'app'>[],
  commands: number,
  firstRestaurant: number,
): Promise<readonly Message[]> {
  const restaurants = restaurantsFor(commands);
  await settle(stage, workers, openings(stage.codec, restaurants, firstRestaurant));
  // Encoded beforehand: what upstreams do on machines of their own is not to be paid for by the product.
  return [...lunch(stage.codec, restaurants, teamsPerRestaurant, commandsPerTeam, firstRestaurant)];
}

/** As many requests as a Kafka client has under way on a connection: the broker answers one after the other. */
const mostUnderWay = 5;

/**
 * Sends them at that pace, their outcomes to be told on that channel. What is due while all requests are under way leaves
 * together with the next, as from any Kafka client; a send that fails is told to `failed`.
 */
export function sendPaced(
  { producer }: Stage,
  messages: readonly Message[],
  { rate, channel }: { readonly rate: number; readonly channel: string },
  failed: (error: unknown) => void,
): OpenLoop {
  let next = 0;
  let due = 0;
  let underWay = 0;
  const send = (): void => {
    if (next === due || underWay === mostUnderWay) return;
    const together = messages.slice(next, due);
    loop.left(next, due);
    next = due;
    underWay += 1;
    producer
      .send({
        topic: topics.commands,
        acks: -1,
        messages: together.map(({ key, value }) => ({ key, value, headers: { replyto: channel } })),
      })
      .catch(failed)
      .finally(() => {
        underWay -= 1;
        send();
      });
  };
  const loop = openLoop({ rate, count: messages.length }, (_from, to) => {
    due = to;
    send();
  });
  return loop;
}

/** Rejects when a command is refused, or is not answered exactly once, or not told of. */
export async function pacedCommands(
  stage: Stage,
  messages: readonly Message[],
  { rate, warmUp }: Pace,
): Promise<Measured> {
  const indexes = new Map(messages.map(({ commandId }, index) => [commandId, index]));
  const outcome = latencies(messages.length);
  const notification = latencies(messages.length);
  const notifications = new Set<string>();
  const faults: string[] = [];
  const failed = (error: unknown): void => void faults.push(String(error));
  let loop: OpenLoop | null = null;
  const since = (index: number, at: number): number => at - (loop?.dueAt(index) ?? Number.NaN);

  const outcomes = await hearOutcomes(
    stage,
    ({ commandId, rejection }, at) => {
      const index = indexes.get(commandId);
      if (index === undefined) faults.push(`${commandId} was answered and never sent`);
      else if (rejection) faults.push(`${commandId} was refused with ${rejection.code}`);
      else if (!outcome.told(index, since(index, at))) faults.push(`${commandId} was answered twice`);
    },
    failed,
  );
  const reader = await readNotifications(
    stage,
    ({ id, commandId, at }) => {
      const index = indexes.get(commandId);
      if (index === undefined) return;
      // The two sides are told in one transaction: the first of them counts.
      notification.told(index, since(index, at));
      if (notifications.has(id)) faults.push(`the notification ${id} came twice`);
      notifications.add(id);
    },
    failed,
  );
  try {
    loop = sendPaced(stage, messages, { rate, channel: outcomes.channel }, failed);
    await loop.over;
    const all = (): boolean => [outcome, notification].every((each) => each.count() === messages.length);
    if (!(await until(() => all() || faults.length > 0, patienceMillis)))
      faults.push(`${outcome.count()} answered and ${notification.count()} told of ${messages.length}`);
    await sleep(settleMillis);
    if (faults.length > 0)
      throw new Error(`${faults.length} faults at ${rate}/s, such as: ${faults[0] ?? ''}`);
    return { outcome, notification, late: loop.late, from: rate * warmUp };
  } finally {
    outcomes.close();
    await reader.close();
  }
}
