/**
 * Business days that pass in seconds. The time of a command is the broker's in the product; here the commands topic takes
 * the sender's for once, and every day is a day later than the one before, so that what a queue forgets with time is
 * forgotten. They begin now: a deadline of tomorrow is no timer's yet.
 */
import kafkajs, { type Kafka } from 'kafkajs';
import type { CommandBody } from '../src/domain/command.ts';
import type { Codec } from '../src/schemas/codec.ts';
import { topics } from '../src/schemas/topics.ts';
import { topicSpecs } from '../src/topicSpecs.ts';
import { encode, life, type Message } from './commands.ts';

const minute = 60_000;
const hour = 60 * minute;
const dayMillis = 24 * hour;
const openFor = 20 * hour;
/** From a team's step to its next: within the ten minutes that a call may take. */
const stepMillis = 5 * minute;

/** Lets the commands have the time that they are sent with, up to 60 days from now. */
export async function takeTheSendersTime(kafka: Kafka): Promise<void> {
  const spec = topicSpecs.find(({ topic }) => topic === topics.commands);
  const config = {
    ...spec?.config,
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.after.max.ms': String(60 * dayMillis),
  };
  const admin = kafka.admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topics.commands,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      },
    ],
  });
  await admin.disconnect();
}

export interface Lives {
  readonly restaurants: number;
  /** That come to each of them on each day, and are seated. */
  readonly teams: number;
  /** Teams that each restaurant had before this day, of whatever kind. */
  readonly before: number;
  /** When the first day opens. */
  readonly since: number;
}

/** Restaurants 1 to `restaurants` open their day `datesId`, and all of its teams are seated. */
export function* openDay(codec: Codec, datesId: number, lives: Lives): Generator<Message> {
  const opensAt = lives.since + (datesId - 1) * dayMillis;
  const date = new Date(opensAt).toISOString().slice(0, 10);
  const day = { datesId, date, opensAt: opensAt - hour, closesAt: opensAt + openFor };
  yield* everywhere(codec, lives, opensAt, () => ({ type: 'OpenBusinessDay', ...day }));
  for (let turn = 1; turn < lives.teams + life.length; turn += 1) {
    const at = opensAt + turn * stepMillis;
    for (const [step, command] of life.entries()) {
      const n = turn - step;
      if (n < 1 || n > lives.teams) continue;
      yield* everywhere(codec, lives, at, (restaurantId) => command(restaurantId, lives.before + n, datesId));
    }
  }
}

/** They close it; who still waits leaves with it. */
export const closeDay = (codec: Codec, datesId: number, lives: Lives): Generator<Message> =>
  everywhere(codec, lives, lives.since + (datesId - 1) * dayMillis + openFor, () => ({
    type: 'CloseBusinessDay',
    datesId,
    dueAt: null,
  }));

function* everywhere(
  codec: Codec,
  { restaurants }: Lives,
  at: number,
  body: (restaurantId: number) => CommandBody,
): Generator<Message> {
  for (let restaurantId = 1; restaurantId <= restaurants; restaurantId += 1)
    yield { ...encode(codec, restaurantId, body(restaurantId)), timestamp: String(at) };
}
