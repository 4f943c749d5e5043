/** Another team's client: it knows the topic and the registry, and nothing of us. */
import { randomUUID } from 'node:crypto';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import { topics } from '../src/schemas/topics.ts';

export interface Upstream {
  readonly registry: SchemaRegistry;
  /** The bytes of a registration; a field may be given another value. */
  readonly registration: (restaurantId: number, userId: number, fields?: object) => Promise<Registration>;
  /** Sends one record to `waiting.commands`; answers where it stands now. */
  readonly send: (message: Message) => Promise<{ readonly partition: number; readonly offset: number }>;
  /** Sends many at once. */
  readonly sendAll: (messages: readonly Message[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Registration {
  readonly commandId: string;
  /** The record as it is to be sent, with its key. */
  readonly message: Message & { readonly key: string; readonly value: Buffer };
}

const subject = `${topics.commands}-waiting.commands.RegisterWaiting`;

export async function openUpstream(kafka: Kafka, registryUrl: string): Promise<Upstream> {
  const registry = new SchemaRegistry({ host: registryUrl });
  const schemaId = await registry.getLatestSchemaId(subject);
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return {
    registry,
    registration: async (restaurantId, userId, fields = {}) => {
      const commandId = randomUUID();
      const value = await registry.encode(schemaId, {
        commandId,
        restaurantId,
        actor: { role: 'SERVICE', id: 'kiosk-1' },
        issuedAt: Date.now(),
        datesId: 1,
        userId,
        userCount: 2,
        ...fields,
      });
      return { commandId, message: { key: String(restaurantId), value } };
    },
    send: (message) => sendOne(producer, message),
    sendAll: async (messages) => {
      await producer.send({ topic: topics.commands, messages: [...messages] });
    },
    close: () => producer.disconnect(),
  };
}

async function sendOne(producer: Pick<Producer, 'send'>, message: Message) {
  const [sent] = await producer.send({ topic: topics.commands, messages: [message] });
  if (!sent) throw new Error('the broker did not say where the record is');
  return { partition: sent.partition, offset: Number(sent.baseOffset) };
}
