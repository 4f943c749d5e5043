import type { Command } from 'commander';
import { waitingTopology } from '../processors/topology.ts';
import { createCodec } from '../schemas/codec.ts';
import { formatsAt, newestLevel } from '../schemas/formats.ts';
import { describe, mermaid } from '../topology/describe.ts';
import type { Node, Topology } from '../topology/graph.ts';
import { jsonOption, type Output, print } from './ending.ts';

export const addDescribe = (program: Command): Command =>
  program
    .command('describe')
    .summary('print the topology')
    .description(
      'Prints the topology: what becomes of a command, node by node. Needs no server and no configuration.',
    )
    .option('--mermaid', 'as a Mermaid flow chart')
    .option(...jsonOption)
    .action((options: Output & { mermaid?: true }) => {
      // Printing needs no registry and no level: nothing is encoded.
      const codec = createCodec(new Map(), { find: () => Promise.resolve(null) });
      const topology = waitingTopology(
        codec,
        formatsAt(() => newestLevel),
      );
      if (options.json) print(options, nodesOf(topology), String);
      else print(options, topology, options.mermaid ? mermaid : describe);
    });

/** The nodes with what can be said in JSON: all but their functions. */
const nodesOf = ({ nodes }: Topology) => [...nodes].map(([name, node]) => ({ name, ...wordsOf(node) }));

const wordsOf = (node: Node): object =>
  Object.fromEntries(
    Object.entries(node).filter(
      ([, value]: [string, unknown]) =>
        ['string', 'number'].includes(typeof value) ||
        (Array.isArray(value) && value.every((each) => typeof each === 'string')),
    ),
  );
