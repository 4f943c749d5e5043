/** Commands that come over Kafka, from clients that know nothing of the ingress: good ones, refused ones and poison. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Message } from 'kafkajs';
import { maxRestaurantId } from '../src/domain/queue.ts';
import { topics } from '../src/schemas/topics.ts';
import { partitionOf } from '../src/topology/kafka/client.ts';
import { taskKey } from '../src/topology/redis/taskStore.ts';
import { sharedApplication } from './application.ts';
import { eventually, newRestaurant, newRestaurantOn, openRestaurant } from './http.ts';
import { decodeAll, header, type Opened, readTopics } from './logs.ts';

const shared = sharedApplication();

/** The tickets of a restaurant, by user. */
async function ticketsOf(restaurantId: number): Promise<Record<string, number>> {
  const { body } = await shared().app.call('GET', `/waitings?restaurantId=${restaurantId}`);
  const items = (body?.['items'] ?? []) as { userId: number; ticketNo: number }[];
  return Object.fromEntries(items.map(({ userId, ticketNo }) => [userId, ticketNo]));
}

/** What waiting.events has of a command, once it has something. */
async function eventsOf(commandId: string): Promise<Opened[]> {
  const { kafka, codec } = shared();
  let found: Opened[] = [];
  await eventually(`${commandId} is told on ${topics.events}`, async () => {
    const read = await readTopics(kafka, topics.events);
    found = decodeAll(
      codec,
      read[topics.events].filter((event) => header(event, 'causationid') === commandId),
    );
    return found.length > 0;
  });
  return found;
}

describe('a command straight from Kafka', () => {
  test('moves the queue as one over HTTP does, and its event says what caused it', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const { commandId, message } = await shared().upstream.registration(restaurantId, 42);
    const headers = { correlationid: 'kiosk-order-9' };
    const sent = await shared().upstream.send({ ...message, headers });
    await eventually('the team waits', async () => (await ticketsOf(restaurantId))[42] === 1);

    const [event, ...more] = await eventsOf(commandId);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      partition: sent.partition,
      key: Buffer.from(String(restaurantId)),
      decoded: {
        name: 'WaitingRegistered',
        value: { restaurantId, version: 3, position: 1, waiting: { userId: 42, ticketNo: 1 } },
      },
    });
    if (!event) throw new Error('there is one');
    expect(header(event, 'ce_id')).toBe(`${topics.commands}-${sent.partition}-${sent.offset}-0`);
    expect(header(event, 'correlationid')).toBe('kiosk-order-9');

    const outcome = await app.call('GET', `/commands/${commandId}?restaurantId=${restaurantId}`);
    expect(outcome).toMatchObject({ status: 200, body: { status: 'ACCEPTED', waiting: { userId: 42 } } });
  });

  test('that is refused is told as CommandRejected, and the same id again does nothing', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const first = await shared().upstream.registration(restaurantId, 1);
    const second = await shared().upstream.registration(restaurantId, 1);
    for (const { message } of [first, first, second, second]) await shared().upstream.send(message);
    const [refused, ...more] = await eventsOf(second.commandId);
    expect(more).toEqual([]);
    expect(refused?.decoded).toMatchObject({
      name: 'CommandRejected',
      value: {
        restaurantId,
        commandId: second.commandId,
        command: 'RegisterWaiting',
        code: 'ALREADY_WAITING',
      },
    });
    expect((await eventsOf(first.commandId)).map(({ decoded }) => decoded.name)).toEqual([
      'WaitingRegistered',
    ]);
  });

  test('that is not for its sender to ask is refused by the queue itself', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const asOwner = { actor: { role: 'OWNER', id: String(restaurantId) } };
    const asAnother = { actor: { role: 'CUSTOMER', id: '2' } };
    for (const actor of [asOwner, asAnother]) {
      const { commandId, message } = await shared().upstream.registration(restaurantId, 1, actor);
      await shared().upstream.send(message);
      const told = (await eventsOf(commandId)).map(({ decoded }) => decoded);
      expect(told).toMatchObject([{ name: 'CommandRejected', value: { commandId, code: 'FORBIDDEN' } }]);
      const outcome = await app.call('GET', `/commands/${commandId}?restaurantId=${restaurantId}`);
      expect(outcome).toMatchObject({ status: 200, body: { status: 'REJECTED', code: 'FORBIDDEN' } });
    }
    expect(await ticketsOf(restaurantId)).toEqual({});
  });

  test('inside a transaction counts when it is committed; markers on the topic stop nobody', async () => {
    const { app, kafka } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const producer = kafka.producer({
      transactionalId: `upstream-${randomUUID()}`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    try {
      for (const [userId, end] of [
        [1, 'commit'],
        [2, 'abort'],
        [3, 'commit'],
      ] as const) {
        const { message } = await shared().upstream.registration(restaurantId, userId);
        const transaction = await producer.transaction();
        await transaction.send({ topic: topics.commands, messages: [message] });
        await transaction[end]();
      }
    } finally {
      await producer.disconnect();
    }
    const last = await shared().upstream.registration(restaurantId, 4);
    await shared().upstream.send(last.message);
    await eventually('the last team waits', async () => (await ticketsOf(restaurantId))[4] !== undefined);
    expect(await ticketsOf(restaurantId)).toEqual({ 1: 1, 3: 2, 4: 3 });
  });

  test("the group's offset follows, for lag tools", async () => {
    const { app, kafka, redis } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const partition = partitionOf(String(restaurantId), shared().partitions);
    const admin = kafka.admin();
    await admin.connect();
    try {
      await eventually('the committed offset is S', async () => {
        const [offsets] = await admin.fetchOffsets({ groupId: 'waiting-queue', topics: [topics.commands] });
        const committed = offsets?.partitions.find((each) => each.partition === partition)?.offset;
        return committed === (await redis.hget(taskKey('waiting', topics.commands, partition), 'S'));
      });
    } finally {
      await admin.disconnect();
    }
  });
});

/** A record that can never be a command, and why it is not one. */
interface Poison {
  readonly what: string;
  readonly reason: string;
  readonly make: () => Promise<Message>;
}

/** A registration's message with its bytes changed. */
async function spoilt(change: (value: Buffer) => Buffer | null): Promise<Message> {
  const { message } = await shared().upstream.registration(newRestaurant(), 1);
  return { ...message, value: change(message.value) };
}

const withSchemaId = (id: number, value: Buffer): Buffer => {
  const copy = Buffer.from(value);
  copy.writeUInt32BE(id, 1);
  return copy;
};

/** Avro's zigzag variable-length long, for numbers that JavaScript has no safe integer for. */
function avroLong(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value >= 0n ? value * 2n : -value * 2n - 1n; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

async function registrationOf(restaurantId: number): Promise<Message> {
  return (await shared().upstream.registration(restaurantId, 1)).message;
}

const poisons: readonly Poison[] = [
  { what: 'no value', reason: 'TOO_SHORT', make: () => spoilt(() => null) },
  { what: 'an empty value', reason: 'TOO_SHORT', make: () => spoilt(() => Buffer.alloc(0)) },
  { what: 'four bytes', reason: 'TOO_SHORT', make: () => spoilt((value) => value.subarray(0, 4)) },
  { what: 'JSON', reason: 'NOT_AVRO', make: () => spoilt(() => Buffer.from('{"restaurantId": 1}')) },
  {
    what: 'a schema id that the registry does not know',
    reason: 'UNKNOWN_SCHEMA',
    make: () => spoilt((value) => withSchemaId(2_000_000_000, value)),
  },
  { what: 'Avro cut short', reason: 'MALFORMED', make: () => spoilt((value) => value.subarray(0, 30)) },
  {
    what: 'Avro with bytes left over',
    reason: 'MALFORMED',
    make: () => spoilt((value) => Buffer.concat([value, Buffer.from('more')])),
  },
  {
    what: 'a restaurantId beyond safe integers',
    reason: 'MALFORMED',
    // After the five bytes of the header and the commandId: its length in one byte and 36 characters.
    make: () =>
      spoilt((value) => Buffer.concat([value.subarray(0, 42), avroLong(2n ** 60n), value.subarray(46)])),
  },
  {
    what: "another team's record",
    reason: 'UNEXPECTED_RECORD',
    make: async () => {
      const schema = {
        type: 'record',
        name: 'Order',
        namespace: 'kitchen',
        fields: [{ name: 'dish', type: 'string' }],
      };
      const { id } = await shared().upstream.registry.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
        { subject: 'kitchen.orders-kitchen.Order' },
      );
      return {
        key: String(newRestaurant()),
        value: await shared().upstream.registry.encode(id, { dish: '냉면' }),
      };
    },
  },
  {
    what: 'a key that names another restaurant',
    reason: 'KEY_MISMATCH',
    make: async () => ({ ...(await registrationOf(newRestaurant())), key: String(newRestaurant()) }),
  },
  {
    what: 'no key',
    reason: 'KEY_MISMATCH',
    make: async () => ({ ...(await registrationOf(newRestaurant())), key: null }),
  },
  {
    what: 'a key on another partition than its own',
    reason: 'MISROUTED',
    make: async () => {
      const restaurantId = newRestaurant();
      const { partitions } = shared();
      const partition = (partitionOf(String(restaurantId), partitions) + 1) % partitions;
      return { ...(await registrationOf(restaurantId)), partition };
    },
  },
  {
    what: 'a restaurantId beyond the bound',
    reason: 'INVALID_COMMAND',
    make: () => registrationOf(maxRestaurantId + 1),
  },
  { what: 'a negative restaurantId', reason: 'INVALID_COMMAND', make: () => registrationOf(-5) },
  {
    what: 'a commandId that is no UUID',
    reason: 'INVALID_COMMAND',
    make: async () =>
      (await shared().upstream.registration(newRestaurant(), 1, { commandId: 'order 9' })).message,
  },
];

describe('poison goes to the dead letters once, whole, and the partition goes on', () => {
  test.each(poisons)('$what: $reason', async ({ reason, make }) => {
    const { app, kafka, codec, partitions } = shared();
    const poison = await make();
    const headers = { 'x-from': 'kiosk', twice: ['one', Buffer.from([0, 255])] };
    const sent = await shared().upstream.send({ ...poison, headers });

    const restaurantId = newRestaurantOn(sent.partition, partitions);
    await openRestaurant(app, restaurantId);
    const good = await shared().upstream.registration(restaurantId, 1);
    await shared().upstream.send(good.message);
    await eventually('a good command after it is decided', async () => {
      return (await ticketsOf(restaurantId))[1] === 1;
    });
    await eventsOf(good.commandId);

    // Outputs are committed in the order of the log: what was to come of the poison is there.
    const read = await readTopics(kafka, topics.dlq, topics.events);
    const id = `${topics.commands}-${sent.partition}-${sent.offset}-0`;
    expect(read[topics.events].filter((event) => header(event, 'ce_id') === id)).toEqual([]);
    const letters = read[topics.dlq].filter((letter) => header(letter, 'ce_id') === id);
    expect(letters.map(({ partition }) => partition)).toEqual([sent.partition]);
    const { key, value } = poison;
    expect(decodeAll(codec, letters)[0]?.decoded).toMatchObject({
      name: 'DeadLetter',
      value: {
        reason,
        topic: topics.commands,
        partition: sent.partition,
        offset: sent.offset,
        key: typeof key === 'string' ? Buffer.from(key) : null,
        value,
        headers: [
          { key: 'x-from', value: Buffer.from('kiosk') },
          { key: 'twice', value: Buffer.from('one') },
          { key: 'twice', value: Buffer.from([0, 255]) },
        ],
      },
    });
  });
});
