import { describe, expect, it } from '@jest/globals';
import { describe as describeTopology, mermaid } from './describe.ts';
import { defineTopology, TopologyError, type Node } from './graph.ts';

const text = { encode: (value: string) => Buffer.from(value), decode: (bytes: Buffer) => bytes.toString() };
const source: Node = {
  kind: 'source',
  about: 'in',
  topic: 'in',
  decode: () => '',
  deadLetter: () => Buffer.of(),
};
const store: Node = { kind: 'store', about: 'kept', changelog: 'log', serde: text };
const processor: Node = {
  kind: 'processor',
  about: 'decides',
  parents: ['source'],
  stores: ['store'],
  facts: text,
  keys: () => [],
  process: () => undefined,
};
const projection: Node = { kind: 'projection', about: 'tells', parents: ['processor'], project: () => [] };
const sink: Node = { kind: 'sink', about: 'out', parents: ['projection'], topic: 'out' };
const whole = { source, store, processor, projection, sink };

const faultsOf = (nodes: Record<string, Node>): string => {
  try {
    defineTopology(nodes);
    return '';
  } catch (error) {
    if (error instanceof TopologyError) return error.message;
    throw error;
  }
};

describe('a topology', () => {
  it('is accepted when everything is connected', () => {
    expect(defineTopology(whole).nodes.size).toBe(5);
  });

  it.each<[string, Record<string, Node>, string]>([
    ['an unknown parent', { ...whole, sink: { ...sink, parents: ['nobody'] } }, 'unknown parent nobody'],
    ['a node without a parent', { ...whole, sink: { ...sink, parents: [] } }, 'sink sink has no parent'],
    [
      'an edge that makes no sense',
      { ...whole, sink: { ...sink, parents: ['processor'] } },
      'cannot stand below processor processor',
    ],
    [
      'a cycle',
      { ...whole, source: { ...source, parents: ['projection'] } as Node },
      'source source cannot stand below projection projection',
    ],
    ['an unknown store', { ...whole, processor: { ...processor, stores: ['attic'] } }, 'unknown store attic'],
    ['a store without an owner', { ...whole, attic: store }, 'store attic has 0 owners'],
    [
      'a source that nothing reads',
      { ...whole, idle: { ...source, topic: 'idle' } },
      'source idle needs one processor',
    ],
    [
      'a processor that nothing listens to',
      { source, store, processor },
      'nothing reads what processor processor emits',
    ],
    [
      'a projection without a sink',
      { source, store, processor, projection },
      'projection projection needs one sink',
    ],
    ['a topic read twice', { ...whole, again: source }, 'topic in has two sources'],
    ['a sink on a source topic', { ...whole, sink: { ...sink, topic: 'in' } }, "sink topic in is a source's"],
    [
      'a sink on the changelog',
      { ...whole, sink: { ...sink, topic: 'log' } },
      'sink topic log is a changelog',
    ],
  ])('is refused for %s', (_what, nodes, fault) => {
    expect(faultsOf(nodes)).toContain(fault);
  });

  it('names every fault at once', () => {
    const faults = faultsOf({ ...whole, sink: { ...sink, parents: ['nobody'] }, attic: store });
    expect(faults).toContain('unknown parent nobody');
    expect(faults).toContain('store attic has 0 owners');
  });

  it('describes itself as text and as a Mermaid chart', () => {
    const topology = defineTopology(whole);
    expect(describeTopology(topology)).toContain('processor  processor <- source [stores: store]');
    expect(mermaid(topology)).toContain('source --> processor');
    expect(mermaid(topology)).toContain('processor <--> store');
  });
});
