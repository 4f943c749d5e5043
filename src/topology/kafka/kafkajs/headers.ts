/**
 * kafkajs puts the headers of a record together by copying all of them for each of them: a record of 64 KB, which may
 * have 13,000, would keep the process for half a minute, and so would each that takes its partition over. It goes
 * through them with the `reduce` of an array that it has just read, so that array is given one that copies nothing.
 */
import { createRequire } from 'node:module';

/** As the library reads it. */
interface Read {
  readonly key: string;
  readonly value: Buffer | null;
}

interface Decoder {
  readVarIntArray: (reader: (decoder: Decoder) => Read) => Read[];
}

type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

const { prototype } = createRequire(import.meta.url)('kafkajs/src/protocol/decoder') as {
  readonly prototype: Decoder;
};

/** By name, without what objects inherit; a name that comes several times has a list. */
function together(read: readonly Read[]): Headers {
  const headers = Object.create(null) as Headers;
  for (const { key, value } of read) {
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else headers[key] = [before, value];
  }
  return headers;
}

const original = prototype.readVarIntArray;
prototype.readVarIntArray = function (this: Decoder, reader) {
  const read = original.call(this, reader);
  return Object.assign(read, { reduce: () => together(read) });
};
