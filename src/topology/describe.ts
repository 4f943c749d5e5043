import { nodesOf, parentsOf, type Node, type Topology } from './graph.ts';

/** The topology for people, a line a node. */
export function describe(topology: Topology): string {
  const lines = [...topology.nodes].map(([name, node]) => {
    const from = parentsOf(node).length > 0 ? ` <- ${parentsOf(node).join(', ')}` : '';
    const stores = node.kind === 'processor' ? ` [stores: ${node.stores.join(', ')}]` : '';
    return `${node.kind.padEnd(10)} ${name}${topicOf(node)}${from}${stores}\n           ${node.about}`;
  });
  return lines.join('\n');
}

/** The topology as a Mermaid flow chart. */
export function mermaid(topology: Topology): string {
  const lines = ['flowchart LR'];
  for (const [name, node] of topology.nodes) {
    lines.push(`  ${name}${shape(name, node)}`);
    for (const parent of parentsOf(node)) lines.push(`  ${parent} --> ${name}`);
    if (node.kind === 'processor') for (const store of node.stores) lines.push(`  ${name} <--> ${store}`);
    if (node.kind === 'punctuator') {
      for (const [source] of nodesOf(topology, 'source').filter(([, each]) => each.topic === node.topic)) {
        lines.push(`  ${name} -. when due .-> ${source}`);
      }
    }
  }
  return lines.join('\n');
}

const topicOf = (node: Node): string => {
  switch (node.kind) {
    case 'source':
    case 'sink':
    case 'punctuator':
      return ` (${node.topic})`;
    case 'store':
      return ` (${node.changelog})`;
    case 'processor':
    case 'projection':
      return '';
  }
};

function shape(name: string, node: Node): string {
  switch (node.kind) {
    case 'source':
    case 'sink':
      return `[/"${node.topic}"/]`;
    case 'store':
      return `[("${name}")]`;
    case 'processor':
      return `["${name}"]`;
    case 'projection':
      return `("${name}")`;
    case 'punctuator':
      return `{{"${name}"}}`;
  }
}
