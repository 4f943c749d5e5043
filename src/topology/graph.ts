import type { InputRecord, OutputRecord } from './ports.ts';

/**
 * A topology is data: nodes connected by name, checked as a whole before anything connects.
 *
 *   source → processor → projection → sink
 *               │  ↑          (what a source or processor emits crosses the outbox before it is projected)
 *             store └ punctuator
 *
 * A processor decides, with state; its task applies it once to every input record. What it emits are facts. A
 * projection turns a fact into the records of one sink, from the fact alone: it is run again after a crash, and must
 * give the same records then.
 */

/** Where a fact comes from: the input record that caused it. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What a projection makes of a fact; the sink adds the topic, the task its partition. */
export type Projected = Omit<OutputRecord, 'topic' | 'partition'>;

/**
 * To bytes and back. Here and in the nodes, functions are methods on purpose: TypeScript lets a method take a narrower
 * type than `unknown`, so nodes are written with their own types while the graph that carries them knows none.
 */
export interface Serde {
  encode(value: unknown): Buffer;
  decode(bytes: Buffer): unknown;
}

/** What a processor may do while it handles one record. Nothing of it takes effect unless all of it does. */
export interface ProcessorContext {
  /** The value of one of the keys the processor asked for; undefined: there is none. */
  readonly get: (key: string) => unknown;
  readonly put: (key: string, value: unknown) => void;
  /** Hands a fact to the projections. */
  readonly emit: (fact: unknown) => void;
  /** Sends an answer once the state has moved; may be lost. */
  readonly reply: (channel: string, message: Buffer) => void;
}

/** The timers of one task, over what its stores hold. */
export interface PunctuatorInstance {
  /** A value that has been published. */
  observe(key: string, value: unknown): void;
  /** When the next record is to be sent, or earlier (broker time); Infinity: nothing runs. */
  nextAt(): number;
  /**
   * The records to send now, by the broker's clock, and until when they may be appended: later ones must be void.
   * Called again until their effect is observed.
   */
  due(now: number, validUntil: number): readonly Projected[];
  /** When the first deadline began to run in which a stall of the partition must not count; null: none runs. */
  guardedSince(): number | null;
  /** A record without effect, while anything runs: whoever sees it decided knows that the partition is well. */
  beat(now: number): Projected;
  /** The records that tell of a stall (broker time), so that no deadline counts it; without effect when repeated. */
  excuse(from: number, until: number): readonly Projected[];
  /** How many run, for metrics. */
  pending(): number;
}

interface Base {
  /** One line for people. */
  readonly about: string;
}

export interface SourceNode extends Base {
  readonly kind: 'source';
  readonly topic: string;
  /**
   * The message, or a promise of it where something has to be asked for first. Throws PoisonError for a record that can
   * never be processed; any other error means that what is needed for decoding is away, and the record is tried again.
   */
  readonly decode: (record: InputRecord) => unknown;
  /** What stands for a poison record in the outbox, for the projection to the dead letter topic. */
  readonly deadLetter: (record: InputRecord, poison: PoisonError) => Buffer;
}

export interface StoreNode extends Base {
  readonly kind: 'store';
  readonly changelog: string;
  readonly serde: Serde;
}

export interface ProcessorNode extends Base {
  readonly kind: 'processor';
  readonly parents: readonly string[];
  /** Keys are `store/…`. */
  readonly stores: readonly string[];
  /** The keys that `process` may get for this message. */
  keys(message: unknown): readonly string[];
  /** Synchronous and free of effects but for the context. Throws PoisonError, or an error that is a bug. */
  process(message: unknown, record: InputRecord, context: ProcessorContext): void;
  readonly facts: Serde;
}

export interface ProjectionNode extends Base {
  readonly kind: 'projection';
  readonly parents: readonly string[];
  project(fact: unknown, origin: Origin): readonly Projected[];
}

interface SinkNode extends Base {
  readonly kind: 'sink';
  readonly parents: readonly string[];
  readonly topic: string;
}

export interface PunctuatorNode extends Base {
  readonly kind: 'punctuator';
  /** Processors whose stores it observes. */
  readonly parents: readonly string[];
  /** The stores it wants to see. */
  readonly stores: readonly string[];
  readonly everyMillis: number;
  /** Where what is due goes; outside transactions, hence at least once. */
  readonly topic: string;
  readonly open: () => PunctuatorInstance;
}

export type Node = SourceNode | StoreNode | ProcessorNode | ProjectionNode | SinkNode | PunctuatorNode;

export interface Topology {
  readonly nodes: ReadonlyMap<string, Node>;
}

/** A record that can never be processed: it goes to the dead letter topic, and the task goes on. */
export class PoisonError extends Error {
  override readonly name = 'PoisonError';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The topology is not one; the message names every fault. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
}

/** Node kinds that may stand upstream of a node of this kind. */
const upstream: Readonly<Record<Node['kind'], readonly Node['kind'][]>> = {
  source: [],
  store: [],
  processor: ['source'],
  projection: ['source', 'processor'],
  sink: ['projection'],
  punctuator: ['processor'],
};

export const parentsOf = (node: Node): readonly string[] => ('parents' in node ? node.parents : []);
const storesOf = (node: Node): readonly string[] => ('stores' in node ? node.stores : []);

/** The nodes of one kind, with their names. */
export const nodesOf = <K extends Node['kind']>(
  topology: Topology,
  kind: K,
): [string, Extract<Node, { kind: K }>][] =>
  [...topology.nodes].filter(
    (entry): entry is [string, Extract<Node, { kind: K }>] => entry[1].kind === kind,
  );

/** The nodes of one kind right below a node. */
export const childrenOf = <K extends Node['kind']>(topology: Topology, parent: string, kind: K) =>
  nodesOf(topology, kind).filter(([, node]) => parentsOf(node).includes(parent));

/**
 * Checks the graph as a whole. Throws TopologyError naming unknown parents and stores, edges that make no sense,
 * nodes that nothing reaches or that lead nowhere, stores without exactly one owner, and topics read twice.
 */
export function defineTopology(nodes: Readonly<Record<string, Node>>): Topology {
  const topology: Topology = { nodes: new Map(Object.entries(nodes)) };
  const faults: string[] = [];
  for (const [name, node] of topology.nodes) {
    const parents = parentsOf(node);
    if (upstream[node.kind].length > 0 && parents.length === 0)
      faults.push(`${node.kind} ${name} has no parent`);
    for (const parent of parents) {
      const found = topology.nodes.get(parent);
      if (!found) faults.push(`${node.kind} ${name} has an unknown parent ${parent}`);
      else if (!upstream[node.kind].includes(found.kind)) {
        faults.push(`${node.kind} ${name} cannot stand below ${found.kind} ${parent}`);
      }
    }
    for (const store of storesOf(node)) {
      if (topology.nodes.get(store)?.kind !== 'store')
        faults.push(`${node.kind} ${name} has an unknown store ${store}`);
    }
    faults.push(...deadEnd(topology, name, node));
  }
  faults.push(...sharedTopics(topology));
  if (faults.length > 0)
    throw new TopologyError(`the topology does not hold together:\n  ${faults.join('\n  ')}`);
  return topology;
}

function deadEnd(topology: Topology, name: string, node: Node): string[] {
  switch (node.kind) {
    case 'store': {
      const owners = nodesOf(topology, 'processor').filter(([, each]) => each.stores.includes(name));
      return owners.length === 1 ? [] : [`store ${name} has ${owners.length} owners and needs one`];
    }
    case 'source':
      return childrenOf(topology, name, 'processor').length === 1
        ? []
        : [`source ${name} needs one processor`];
    case 'processor':
      return childrenOf(topology, name, 'projection').length > 0
        ? []
        : [`nothing reads what processor ${name} emits`];
    case 'projection':
      return childrenOf(topology, name, 'sink').length === 1 ? [] : [`projection ${name} needs one sink`];
    case 'sink':
    case 'punctuator':
      return [];
  }
}

function sharedTopics(topology: Topology): string[] {
  const sources = nodesOf(topology, 'source').map(([, node]) => node.topic);
  const changelogs = new Set(nodesOf(topology, 'store').map(([, node]) => node.changelog));
  const written = nodesOf(topology, 'sink').map(([, node]) => node.topic);
  return [
    ...sources
      .filter((topic, i) => sources.indexOf(topic) !== i)
      .map((topic) => `topic ${topic} has two sources`),
    // An open transaction would hold back every later record for the readers of the topic.
    ...written.filter((topic) => sources.includes(topic)).map((topic) => `sink topic ${topic} is a source's`),
    ...written.filter((topic) => changelogs.has(topic)).map((topic) => `sink topic ${topic} is a changelog`),
    ...(changelogs.size > 1 ? ['all stores of a task share one changelog topic'] : []),
  ];
}
