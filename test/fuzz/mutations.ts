/** What can be wrong with a record: each mutation spoils a good one in its own way, or leaves it good by chance. */
import type { Command } from '../../src/domain/command.ts';
import { maxRestaurantId } from '../../src/domain/queue.ts';
import type { Codec } from '../../src/schemas/codec.ts';
import { partitionOf } from '../../src/topology/kafka/client.ts';
import { anyBody, commandOf } from './commands.ts';
import type { Dice } from './dice.ts';
import type { RawRecord } from './rawLog.ts';

/** Where the records go, and what the registry there knows. */
export interface Ground {
  readonly codec: Codec;
  readonly partitions: number;
  readonly restaurants: readonly number[];
  /** Where outcomes are heard. */
  readonly replyTo: string;
  /** Schema ids of records of ours that are no commands, those with lists among them. */
  readonly otherRecords: readonly number[];
  /** Ids that the registry has for others, and that it does not have: few, because each of those is waited for. */
  readonly foreign: readonly number[];
}

/** The broker takes no more in one batch than 64 KiB. */
export const mostBytes = 60_000;
/** Magic byte and schema id. */
const headBytes = 5;

type Header = RawRecord['headers'][number];
const header = (name: string, value: string | Buffer | null): Header => [
  Buffer.from(name),
  typeof value === 'string' ? Buffer.from(value) : value,
];

/** A good record of a command. */
export function recordOf({ codec, partitions, replyTo }: Ground, command: Command): RawRecord {
  const key = Buffer.from(String(command.restaurantId));
  return {
    key,
    partition: partitionOf(key, partitions),
    value: codec.encode(command.type, command),
    headers: [
      header('ce_specversion', '1.0'),
      header('correlationid', command.commandId),
      header('replyto', replyTo),
    ],
  };
}

type Spoil = (dice: Dice, value: Buffer, ground: Ground) => Buffer | null;

const at = (dice: Dice, value: Buffer): number => dice.between(0, value.length - 1);

function overwritten(value: Buffer, from: number, bytes: Buffer): Buffer {
  const copy = Buffer.from(value);
  bytes.copy(copy, from);
  return copy;
}

function spliced(value: Buffer, from: number, to: number, ...between: Buffer[]): Buffer {
  return Buffer.concat([value.subarray(0, from), ...between, value.subarray(to)]);
}

const withSchema = (value: Buffer, id: number): Buffer => {
  const copy = Buffer.from(value);
  copy.writeUInt32BE(id, 1);
  return copy;
};

/** Numbers and lengths as no writer writes them: too large, negative, too long, without an end. */
const oddVarints: readonly ((dice: Dice) => Buffer)[] = [
  (dice) => Buffer.concat([Buffer.alloc(dice.between(1, 9), 0xff), Buffer.of(0x7f)]),
  (dice) => Buffer.concat([Buffer.alloc(dice.between(1, 9), 0x80), Buffer.of(dice.between(0, 127))]),
  () => Buffer.concat([Buffer.alloc(400, 0x80), Buffer.of(1)]),
  (dice) => Buffer.alloc(dice.between(1, 12), 0xff),
  () => Buffer.of(1),
  () => Buffer.of(0x80, 0xa8, 0xd6, 0xb9, 0x0e),
];

const values: Readonly<Record<string, Spoil>> = {
  'flipped bits': (dice, value) => {
    const copy = Buffer.from(value);
    for (let n = dice.between(1, 8); n > 0; n -= 1) {
      const place = at(dice, copy);
      copy.writeUInt8(copy.readUInt8(place) ^ (1 << dice.between(0, 7)), place);
    }
    return copy;
  },
  'a flipped bit behind the header': (dice, value) => {
    const place = dice.between(headBytes, value.length - 1);
    return overwritten(value, place, Buffer.of(value.readUInt8(place) ^ (1 << dice.between(0, 7))));
  },
  'noise in between': (dice, value) => overwritten(value, at(dice, value), dice.bytes(dice.between(1, 12))),
  'cut short': (dice, value) => value.subarray(0, dice.between(0, value.length - 1)),
  'more at its end': (dice, value) => Buffer.concat([value, dice.bytes(dice.between(1, 100))]),
  'a piece taken out': (dice, value) => {
    const from = at(dice, value);
    return spliced(value, from, from + dice.between(1, 10));
  },
  'a piece put in': (dice, value) => {
    const from = at(dice, value);
    return spliced(value, from, from, dice.bytes(dice.between(1, 10)));
  },
  'a piece said twice': (dice, value) => {
    const from = at(dice, value);
    return spliced(value, from, from, value.subarray(from, from + dice.between(1, 30)));
  },
  'an odd number or length': (dice, value) => {
    const from = dice.between(headBytes, value.length - 1);
    return spliced(value, from, from + 1, dice.pick(oddVarints)(dice));
  },
  'an odd last number': (dice, value) =>
    spliced(value, value.length - 1, value.length, dice.pick(oddVarints)(dice)),
  'another magic byte': (dice, value) => overwritten(value, 0, Buffer.of(dice.between(1, 255))),
  'the schema of another command': (dice, value, { codec }) => {
    const other = commandOf(dice, 1, 0, anyBody(dice, 1, 0));
    return withSchema(value, codec.encode(other.type, other).readUInt32BE(1));
  },
  'the schema of another record': (dice, value, { otherRecords }) =>
    withSchema(value, dice.pick(otherRecords)),
  'lists without an end': (dice, value, { otherRecords }) =>
    withSchema(
      Buffer.concat([value.subarray(0, headBytes), dice.pick(oddVarints)(dice)]),
      dice.pick(otherRecords),
    ),
  'a schema of nobody or of others': (dice, value, { foreign }) => withSchema(value, dice.pick(foreign)),
  'no value': () => null,
  'a few bytes': (dice) => dice.bytes(dice.between(0, headBytes)),
  'noise behind the header': (dice, value) =>
    Buffer.concat([value.subarray(0, headBytes), dice.bytes(dice.between(0, 300))]),
  JSON: () => Buffer.from('{"type":"RegisterWaiting","restaurantId":1}'),
  'as much as the log takes': (dice, value) =>
    Buffer.concat([
      value,
      Buffer.alloc(dice.between(mostBytes / 2, mostBytes) - value.length, dice.between(0, 255)),
    ]),
};

const extremes = [
  0,
  -1,
  -(2 ** 31),
  2 ** 31 - 1,
  maxRestaurantId,
  maxRestaurantId + 1,
  Number.MAX_SAFE_INTEGER - 1,
  Number.MIN_SAFE_INTEGER + 1,
];
const small = extremes.filter((value) => Math.abs(value) <= 2 ** 31);
const texts = [
  '',
  '\0',
  'a\0b',
  "'; DROP TABLE waitings; --",
  '\u202e\u0000\uffff',
  '🙏'.repeat(250),
  'x'.repeat(501),
  'x'.repeat(mostBytes / 2),
  '__proto__',
  '2026-02-30',
  '9999-99-99',
  'Etc/GMT+25',
  '+23:59',
];

/** A command of the right types whose values are as far out as the types allow. */
function extreme(dice: Dice, value: unknown, name = ''): unknown {
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, extreme(dice, each, key)]));
  if (!dice.chance(0.4) || closedSets.has(name)) return value;
  if (typeof value === 'number') return dice.pick(ints.has(name) ? small : extremes);
  return typeof value === 'string' ? dice.pick(texts) : value;
}
/** Of Avro enums, which encode nothing else, and what says which record it is. */
const closedSets = new Set(['role', 'call', 'kind', 'type']);
const ints = new Set([
  'userCount',
  'moveMinutes',
  'maxTeams',
  'minUserCount',
  'maxUserCount',
  'answerMinutes',
  'maxMoveMinutes',
  'minutesPerTeam',
  'minuteMillis',
]);

type Remake = (dice: Dice, record: RawRecord, ground: Ground) => RawRecord;

/** What is wrong outside of the value. Those of headers leave the record a good command. */
const envelopes: Readonly<Record<string, Remake>> = {
  'another key': (dice, record, { restaurants }) => ({
    ...record,
    key: dice.pick([
      null,
      Buffer.alloc(0),
      Buffer.from(String(dice.pick(restaurants))),
      Buffer.from(` ${record.key?.toString() ?? ''}`),
      Buffer.from(`0${record.key?.toString() ?? ''}`),
      Buffer.from(`${record.key?.toString() ?? ''}.0`),
      Buffer.of(0xff, 0xfe),
      dice.bytes(dice.between(1, 2_000)),
    ]),
  }),
  'the partition of its key, another key': (dice, record, { partitions }) => {
    const key = dice.pick([Buffer.alloc(0), Buffer.of(0xc3), dice.bytes(20)]);
    return { ...record, key, partition: partitionOf(key, partitions) };
  },
  'another partition': (dice, record, { partitions }) => ({
    ...record,
    partition: dice.between(0, partitions - 1),
  }),
};

/** Names that objects inherit something under, and names and values that are no text. */
const names = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  'replyto',
  'traceparent',
  'ce_id',
];

const headers: Readonly<Record<string, (dice: Dice, record: RawRecord) => readonly Header[]>> = {
  'no headers': () => [],
  'headers without values': (dice, record) => [...record.headers, header(dice.pick(names), null)],
  'headers with odd names': (dice, record) => [
    ...record.headers,
    ...Array.from({ length: dice.between(1, 4) }, () =>
      header(dice.pick(names), dice.bytes(dice.between(0, 20))),
    ),
  ],
  'headers said twice': (_dice, record) => [...record.headers, ...record.headers],
  'headers that are no text': (dice, record) => [
    ...record.headers.map(([name]): Header => [name, dice.bytes(dice.between(1, 40))]),
    [dice.bytes(dice.between(1, 10)), dice.bytes(dice.between(0, 10))],
  ],
  'headers that are long': (dice, record) =>
    record.headers.map(([name]): Header => [name, Buffer.alloc(dice.between(200, 9_000), 0x78)]),
  'many headers': (dice, record) => [
    ...record.headers,
    ...Array.from({ length: dice.pick([50, 400, 4_000]) }, (_, n) => header(`x-${n}`, 'y')),
  ],
  'a reply to others': (dice) => [
    header(
      'replyto',
      dice.pick([
        '',
        '*',
        'waiting:changes',
        'waiting:replies:',
        '__keyevent@0__:set',
        'a\r\nPUBLISH b c',
        '\0',
      ]),
    ),
  ],
};

export interface Case {
  readonly mutation: string;
  /** Whether it has to be decided, whatever is odd about it. */
  readonly good: boolean;
  readonly record: RawRecord;
}

/** A record with one thing wrong, more often than not. */
export function spoiltCase(dice: Dice, ground: Ground, now: number): Case {
  const restaurantId = dice.pick(ground.restaurants);
  const good = commandOf(dice, restaurantId, now, anyBody(dice, restaurantId, now));
  const record = recordOf(ground, good);
  const kind = dice.random();
  if (kind < 0.6) {
    const mutation = dice.pick(Object.keys(values));
    const value = record.value && (values[mutation]?.(dice, record.value, ground) ?? null);
    return { mutation, good: false, record: { ...record, value } };
  }
  if (kind < 0.75) {
    const spoilt = recordOf(ground, extreme(dice, good) as Command);
    return {
      mutation: 'extreme values',
      good: false,
      record: dice.chance(0.5) ? spoilt : { ...record, value: spoilt.value },
    };
  }
  if (kind < 0.85) {
    const mutation = dice.pick(Object.keys(envelopes));
    return { mutation, good: false, record: envelopes[mutation]?.(dice, record, ground) ?? record };
  }
  // A registration is always told, accepted or not: no answer has to be heard to know that it was decided.
  const mutation = dice.pick(Object.keys(headers));
  const told = recordOf(
    ground,
    commandOf(dice, restaurantId, now, {
      type: 'RegisterWaiting',
      datesId: 1,
      userId: dice.between(1, 100),
      userCount: 2,
    }),
  );
  return { mutation, good: true, record: { ...told, headers: headers[mutation]?.(dice, told) ?? [] } };
}

/** A record with nothing wrong. */
export function goodCase(dice: Dice, ground: Ground, now: number): Case {
  const restaurantId = dice.pick(ground.restaurants);
  const command = commandOf(dice, restaurantId, now, anyBody(dice, restaurantId, now));
  return { mutation: 'none', good: true, record: recordOf(ground, command) };
}

/** About what a record takes in a request. */
export const sizeOf = ({ key, value, headers: all }: RawRecord): number =>
  40 +
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  all.reduce((sum, [name, each]) => sum + name.length + (each?.length ?? 0) + 8, 0);
