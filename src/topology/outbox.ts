import avsc from 'avsc';
import type { Batch, Fact } from './batch.ts';

/**
 * A batch as Redis keeps it between S and E: the facts still to be told, and which keys they changed. Not the values:
 * whoever finds it emits everything up to S at once, and Redis holds the values at S.
 */
export interface OutboxEntry {
  readonly from: number;
  readonly to: number;
  readonly facts: readonly Omit<Fact, 'value'>[];
  readonly keys: readonly string[];
}

const fact: avsc.Schema = {
  type: 'record',
  name: 'Fact',
  fields: [
    { name: 'node', type: 'string' },
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
    { name: 'bytes', type: 'bytes' },
  ],
};

const entry = avsc.Type.forSchema({
  type: 'record',
  name: 'OutboxEntry',
  fields: [
    { name: 'from', type: 'long' },
    { name: 'to', type: 'long' },
    { name: 'facts', type: { type: 'array', items: fact } },
    { name: 'keys', type: { type: 'array', items: 'string' } },
  ],
});

interface Flat {
  readonly from: number;
  readonly to: number;
  readonly facts: readonly {
    node: string;
    topic: string;
    partition: number;
    offset: number;
    bytes: Buffer;
  }[];
  readonly keys: readonly string[];
}

export function encodeEntry({ from, to, facts, changes }: Batch): Buffer {
  const flat: Flat = {
    from,
    to,
    facts: facts.map(({ node, origin, bytes }) => ({ node, ...origin, bytes })),
    keys: [...changes.keys()],
  };
  return entry.toBuffer(flat);
}

export function decodeEntry(bytes: Buffer): OutboxEntry {
  const { from, to, facts, keys } = entry.fromBuffer(bytes) as Flat;
  return {
    from,
    to,
    facts: facts.map(({ node, topic, partition, offset, bytes: value }) => ({
      node,
      origin: { topic, partition, offset },
      bytes: value,
    })),
    keys,
  };
}
