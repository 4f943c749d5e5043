import {
  childrenOf,
  nodesOf,
  PoisonError,
  type Origin,
  type ProcessorNode,
  type ProjectionNode,
  type PunctuatorNode,
  type Serde,
  type SourceNode,
  type Topology,
} from './graph.ts';
import type { InputRecord, OutputRecord } from './ports.ts';

/** Something a source or processor emitted: it waits in the outbox until it is projected. */
export interface Fact {
  readonly node: string;
  readonly origin: Origin;
  readonly value: unknown;
  /** As the outbox keeps it. */
  readonly bytes: Buffer;
}

export interface Change {
  readonly value: unknown;
  readonly bytes: Buffer;
}

interface Reply {
  readonly channel: string;
  readonly message: Buffer;
}

/** The whole effect of some consecutive records on a task. */
export interface Batch {
  /** Next input offsets before and after. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly changes: ReadonlyMap<string, Change>;
  readonly facts: readonly Fact[];
  readonly replies: readonly Reply[];
}

/** A processor threw something that is no PoisonError: the record is kept and its task stops. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** One source with its processor, its stores and what becomes of the facts: what a task runs. */
export interface SubTopology {
  readonly sourceName: string;
  readonly source: SourceNode;
  readonly processorName: string;
  readonly processor: ProcessorNode;
  readonly changelog: string;
  readonly serdes: ReadonlyMap<string, Serde>;
  readonly punctuators: readonly PunctuatorNode[];
  /** By the node that emits a fact: who makes records of it, and for which topic. */
  readonly outputs: ReadonlyMap<string, readonly { projection: ProjectionNode; topic: string }[]>;
}

/** The part of a topology that reads this topic. */
export function subTopologyOf(topology: Topology, topic: string): SubTopology {
  const found = nodesOf(topology, 'source').find(([, node]) => node.topic === topic);
  const below = found && childrenOf(topology, found[0], 'processor')[0];
  if (!found || !below) throw new Error(`no source reads ${topic}`);
  const [[sourceName, source], [processorName, processor]] = [found, below];
  const stores = nodesOf(topology, 'store').filter(([name]) => processor.stores.includes(name));
  const outputsOf = (name: string) =>
    childrenOf(topology, name, 'projection').flatMap(([child, projection]) =>
      childrenOf(topology, child, 'sink').map(([, sink]) => ({ projection, topic: sink.topic })),
    );
  return {
    sourceName,
    source,
    processorName,
    processor,
    changelog: stores[0]?.[1].changelog ?? '',
    punctuators: childrenOf(topology, processorName, 'punctuator').map(([, node]) => node),
    serdes: new Map(stores.map(([name, store]) => [name, store.serde])),
    outputs: new Map([sourceName, processorName].map((name) => [name, outputsOf(name)])),
  };
}

/** The serde of the store that a key belongs to. */
export function serdeOf(sub: SubTopology, key: string): Serde {
  const serde = sub.serdes.get(key.slice(0, key.indexOf('/')));
  if (!serde) throw new Error(`no store holds ${key}`);
  return serde;
}

/** A record that can be processed, or the reason why never. */
export type Readable =
  | { readonly record: InputRecord; readonly message: unknown }
  | { readonly record: InputRecord; readonly poison: PoisonError };

/** Decodes a record; poison is a result, what else decoding throws is thrown. */
export function read(sub: SubTopology, record: InputRecord): Readable | Promise<Readable> {
  const unreadable = (error: unknown): Readable => {
    if (error instanceof PoisonError) return { record, poison: error };
    throw error;
  };
  try {
    const message = sub.source.decode(record);
    if (!(message instanceof Promise)) return { record, message };
    return message.then((late: unknown) => ({ record, message: late }), unreadable);
  } catch (error) {
    return unreadable(error);
  }
}

/** The keys that processing these records may get. */
export function keysOf(sub: SubTopology, records: readonly Readable[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const each of records) {
    if ('message' in each) for (const key of sub.processor.keys(each.message)) keys.add(key);
  }
  return keys;
}

/**
 * Runs records through the processor. `get` answers for every key of `keysOf`. Nothing has happened until the batch
 * is committed.
 */
export function run(
  sub: SubTopology,
  from: number,
  records: readonly Readable[],
  get: (key: string) => unknown,
): Batch {
  const values = new Map<string, unknown>();
  const facts: Fact[] = [];
  const replies: Reply[] = [];
  for (const readable of records) runOne(sub, readable, { values, facts, replies }, get);
  const changes = new Map<string, Change>();
  values.forEach((value, key) => changes.set(key, { value, bytes: encode(sub, key, value) }));
  const last = records.at(-1);
  const to = last ? last.record.offset + 1 : from;
  return { from, to, records: records.length, changes, facts, replies };
}

function encode(sub: SubTopology, key: string, value: unknown): Buffer {
  try {
    return serdeOf(sub, key).encode(value);
  } catch (error) {
    throw new BugError(`${sub.processorName} put a value that ${key} cannot hold`, { cause: error });
  }
}

/** What a batch has come to so far. */
interface Effect {
  readonly values: Map<string, unknown>;
  readonly facts: Fact[];
  readonly replies: Reply[];
}

/** Adds the effect of one record: all of what its processor did or, of poison, a dead letter alone. */
function runOne(
  sub: SubTopology,
  readable: Readable,
  { values, facts, replies }: Effect,
  get: (key: string) => unknown,
): void {
  const { record } = readable;
  const origin = originOf(record);
  const [factsBefore, repliesBefore] = [facts.length, replies.length];
  const puts = new Map<string, unknown>();
  try {
    if ('poison' in readable) throw readable.poison;
    sub.processor.process(readable.message, record, {
      get: (key) => puts.get(key) ?? values.get(key) ?? get(key),
      put: (key, value) => void puts.set(key, value),
      emit: (value) => {
        facts.push({ node: sub.processorName, origin, value, bytes: sub.processor.facts.encode(value) });
      },
      reply: (channel, message) => void replies.push({ channel, message }),
    });
    puts.forEach((value, key) => values.set(key, value));
  } catch (error) {
    if (!(error instanceof PoisonError)) {
      const where = `${record.topic}-${record.partition}-${record.offset}`;
      throw new BugError(`${sub.processorName} threw at ${where}`, { cause: error });
    }
    facts.length = factsBefore;
    replies.length = repliesBefore;
    const bytes = sub.source.deadLetter(record, error);
    facts.push({ node: sub.sourceName, origin, value: bytes, bytes });
  }
}

const originOf = ({ topic, partition, offset }: InputRecord): Origin => ({ topic, partition, offset });

/** A fact as the outbox gives it back. */
export const revive = (sub: SubTopology, fact: Omit<Fact, 'value'>): Fact => ({
  ...fact,
  value: fact.node === sub.processorName ? sub.processor.facts.decode(fact.bytes) : fact.bytes,
});

/** The records that facts become, in the order of the facts; the same whenever it is done. */
export function project(sub: SubTopology, facts: readonly Fact[]): OutputRecord[] {
  const outputs: OutputRecord[] = [];
  for (const { node, value, origin } of facts) {
    for (const { projection, topic } of sub.outputs.get(node) ?? []) {
      for (const { key, value: bytes, headers = {} } of projection.project(value, origin)) {
        outputs.push({ topic, partition: origin.partition, key, value: bytes, headers });
      }
    }
  }
  return outputs;
}
