import { keysOf, project, read, run, subTopologyOf, type Batch } from './batch.ts';
import {
  nodesOf,
  type Projected,
  type PunctuatorInstance,
  type PunctuatorNode,
  type Topology,
} from './graph.ts';
import type { Header, InputRecord, OutputRecord } from './ports.ts';

/** A record to pipe in; it gets the next offset and the driver's time. */
export interface Piped {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A topology in memory, on one partition, without a broker: pipe a record in, read what came out, advance the clock by
 * hand. What a punctuator sends to a source's topic is piped in again, as the broker would bring it back.
 */
export interface TestDriver {
  readonly pipe: (topic: string, record: Piped) => Promise<Batch>;
  /** Takes what was written to a topic since the last call. */
  readonly outputs: (topic: string) => readonly OutputRecord[];
  readonly value: (key: string) => unknown;
  readonly now: () => number;
  /** Moves the clock, and lets every punctuator beat on the way. */
  readonly advance: (ms: number) => Promise<void>;
}

export function testDriver(topology: Topology, startAt: number): TestDriver {
  const values = new Map<string, unknown>();
  const written = new Map<string, OutputRecord[]>();
  const offsets = new Map<string, number>();
  const punctuators = nodesOf(topology, 'punctuator').map(([, node]) => ({ node, instance: node.open() }));
  let now = startAt;

  async function pipe(topic: string, { key, value, headers = {} }: Piped): Promise<Batch> {
    const sub = subTopologyOf(topology, topic);
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1);
    const record: InputRecord = {
      topic,
      partition: 0,
      offset,
      timestamp: now,
      key: key === null ? null : Buffer.from(key),
      value,
      headers: Object.entries(headers).map(([name, text]): Header => ({
        key: name,
        value: Buffer.from(text),
      })),
    };
    const readable = [await read(sub, record)];
    const asked = keysOf(sub, readable);
    const batch = run(sub, offset, readable, (wanted) => {
      // On a real store only what was asked for beforehand is there.
      if (!asked.has(wanted))
        throw new Error(`${sub.processorName} gets ${wanted}, which keys() does not name`);
      return values.get(wanted);
    });
    for (const [changed, change] of batch.changes) {
      values.set(changed, change.value);
      for (const { node, instance } of punctuators) {
        if (node.stores.some((store) => changed.startsWith(`${store}/`)))
          instance.observe(changed, change.value);
      }
    }
    for (const output of project(sub, batch.facts)) {
      written.set(output.topic, [...(written.get(output.topic) ?? []), output]);
    }
    return batch;
  }

  async function beat({
    node,
    instance,
  }: {
    node: PunctuatorNode;
    instance: PunctuatorInstance;
  }): Promise<void> {
    for (const due of instance.due(now, now)) await bringBack(node.topic, due);
  }

  async function bringBack(topic: string, { key, value, headers }: Projected): Promise<void> {
    await pipe(topic, { key, value, ...(headers && { headers }) });
  }

  return {
    pipe,
    outputs: (topic) => {
      const all = written.get(topic) ?? [];
      written.delete(topic);
      return all;
    },
    value: (key) => values.get(key),
    now: () => now,
    advance: async (ms) => {
      const until = now + ms;
      const step = Math.min(...punctuators.map(({ node }) => node.everyMillis), ms);
      while (now < until) {
        now = Math.min(now + step, until);
        for (const punctuator of punctuators) await beat(punctuator);
      }
    },
  };
}
