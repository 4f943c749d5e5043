/**
 * `/asyncapi.json`, made from the .avsc files: the topics as channels, their records as messages, and the application's
 * side of each. What the topics are for in full is in docs/topics.md.
 */
import { replyChannels } from '../processors/commandSource.ts';
import { type LoadedSchema, loadSchemas } from '../schemas/load.ts';
import { subjectOf, topics } from '../schemas/topics.ts';
import type { Json } from './openApi.ts';

export interface AsyncApi extends Json {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

interface Channel extends Json {
  /** null: told at run time. */
  readonly address: string | null;
  readonly description: string;
  readonly messages: Readonly<Record<string, Json>>;
}

interface Message extends Json {
  readonly name: string;
  readonly summary: string;
  readonly headers?: Json;
  readonly payload: { readonly schemaFormat: string; readonly schema: LoadedSchema['schema'] };
}

type Kind = keyof typeof topics;

const restaurantKey = { type: 'string', description: 'the restaurantId, in decimal digits' };
const channels: Readonly<Record<Kind, { readonly description: string; readonly key: Json }>> = {
  commands: {
    description: 'What is asked of the queues. Publish with murmur2, as the Java client does by default.',
    key: restaurantKey,
  },
  events: { description: 'What happened, and what was refused (CommandRejected).', key: restaurantKey },
  notifications: {
    description: 'What each side is told of a transition. Delivering it is for a consumer to do.',
    key: restaurantKey,
  },
  timers: { description: 'What is due when, for observers.', key: restaurantKey },
  dlq: {
    description: 'Commands that can never be processed, as they came.',
    key: { type: 'string', description: '`<partition>-<offset>` of the command' },
  },
  changelog: {
    description: 'Internal: the state of the tasks, compacted. Nobody else should read or write it.',
    key: { type: 'string', description: '`queue/…`, `memory/…`, `__pos` or `__owner`' },
  },
};

const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });
const traced = {
  correlationid: text('of the request; passed on to everything that follows from it'),
  traceparent: text('W3C trace context; passed on'),
};

/** CloudEvents in binary mode. Ours always have them; commands of others need none. */
function headersOf(kind: Kind, name: string): Json | null {
  const cloudEvent = (id: string): Json => ({
    ce_id: text(id),
    ce_source: text('unique together with ce_id'),
    ce_type: { const: `waiting.${kind}.${name}` },
    ce_time: text('log time of the command', { format: 'date-time' }),
    ce_specversion: { const: '1.0' },
    'content-type': { const: 'application/avro' },
  });
  switch (kind) {
    case 'commands': {
      const replyto = text(
        `a Redis channel on which the outcome is published, its name begins with ${replyChannels}; it may be lost`,
      );
      return { type: 'object', properties: { ...cloudEvent('the commandId'), ...traced, replyto } };
    }
    case 'events':
    case 'notifications':
    case 'timers': {
      const ours = cloudEvent(
        '`<topic>-<partition>-<offset>-<n>` of the command: the same if it is made again',
      );
      const causationid = text('commandId of the command');
      const decidedBy = kind === 'events' && {
        rulesversion: text('version of the rules that decided it, a whole number in decimal digits'),
      };
      return {
        type: 'object',
        properties: { ...ours, causationid, ...decidedBy, ...traced },
        required: [...Object.keys({ ...ours, ...decidedBy }), 'causationid', 'correlationid'],
      };
    }
    case 'dlq':
    case 'changelog':
      return null;
  }
}

/** Told to whoever sent the command, on a channel of its own in Redis: of no topic. */
const isReply = ({ name }: LoadedSchema): boolean => name === 'Outcome';

function message(kind: Kind, loaded: LoadedSchema): Message {
  const { name, fullName, schema } = loaded;
  const headers = isReply(loaded) ? null : headersOf(kind, name);
  return {
    name: fullName,
    title: name,
    summary: typeof schema['doc'] === 'string' ? schema['doc'] : name,
    contentType: 'application/avro',
    ...(headers && { headers }),
    payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema },
    ...(!isReply(loaded) && {
      bindings: {
        kafka: {
          key: channels[kind].key,
          schemaIdLocation: 'payload',
          schemaIdPayloadEncoding: 'confluent',
          schemaLookupStrategy: 'TopicRecordNameStrategy',
          bindingVersion: '0.5.0',
        },
      },
    }),
    'x-subject': subjectOf(topics[kind], fullName),
  };
}

const ref = (path: string): Json => ({ $ref: `#/${path}` });

/** The AsyncAPI 3.0 document. */
export function asyncApi(schemas: readonly LoadedSchema[] = loadSchemas()): AsyncApi {
  const records = schemas.flatMap((loaded) =>
    loaded.kind === 'types' ? [] : [{ ...loaded, kind: loaded.kind }],
  );
  const messagesOf = (those: readonly LoadedSchema[]): Record<string, Json> =>
    Object.fromEntries(those.map(({ name, fullName }) => [name, ref(`components/messages/${fullName}`)]));
  const kinds = Object.keys(topics) as Kind[];

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'restaurant-waiting',
      version: '1',
      description:
        "A restaurant's walk-in queue. Values are Avro in Confluent's wire format: a 0 byte, the schema id in 4 bytes, " +
        'the body. Everything but commands is written in transactions: read it with isolation.level=read_committed.',
    },
    defaultContentType: 'application/avro',
    channels: {
      ...Object.fromEntries(
        kinds.map((kind) => [
          kind,
          {
            address: topics[kind],
            description: channels[kind].description,
            messages: messagesOf(records.filter((record) => record.kind === kind && !isReply(record))),
            bindings: { kafka: { topic: topics[kind], bindingVersion: '0.5.0' } },
          },
        ]),
      ),
      outcomes: {
        address: null,
        description: 'A Redis channel that the sender of a command listens on, named in its replyto.',
        messages: messagesOf(records.filter(isReply)),
      },
    },
    operations: {
      receiveCommands: {
        action: 'receive',
        channel: ref('channels/commands'),
        summary: 'Decides commands, in their order a restaurant, each once.',
        reply: {
          address: { location: '$message.header#/replyto' },
          channel: ref('channels/outcomes'),
        },
      },
      sendDueCommands: {
        action: 'send',
        channel: ref('channels/commands'),
        summary: 'Asks by itself for what is due, and for what HTTP clients ask.',
      },
      sendEvents: { action: 'send', channel: ref('channels/events') },
      sendNotifications: { action: 'send', channel: ref('channels/notifications') },
      sendTimers: { action: 'send', channel: ref('channels/timers') },
      sendDeadLetters: { action: 'send', channel: ref('channels/dlq') },
      sendState: { action: 'send', channel: ref('channels/changelog') },
      receiveState: { action: 'receive', channel: ref('channels/changelog') },
    },
    components: {
      messages: Object.fromEntries(records.map((record) => [record.fullName, message(record.kind, record)])),
    },
  };
}
