/** The product beside a Kafka Streams application of the same queue: in turns, on the same machine and broker. */
import { measureBacklog } from './backlog.ts';
import type { Figure, Run } from './figures.ts';
import type { Latencies } from './latency.ts';
import { type Pace, pacedCommands, prepareLunch } from './pacedCommands.ts';
import { peerBacklog, peerPaced, type Variant } from './peers/measure.ts';
import { eachRun, type Say, scenario } from './scenario.ts';
import { openStage } from './stage.ts';

/** Exactly once as Kafka Streams comes, and with what makes it faster at a backlog, or sooner at a steady pace. */
const asItComes: Variant = { cached: false };
const withCache: Variant = { cached: true };
const quickCommits: Variant = { cached: false, commitMillis: 10 };

const backlogFigures: readonly Figure[] = [
  { name: 'throughput ÷ that of Kafka Streams', unit: '×', target: { least: 1.2 } },
  { name: 'throughput ÷ that of Kafka Streams with its cache', unit: '×', target: { least: 1 } },
  ...['the product', 'Kafka Streams', 'Kafka Streams with its cache'].flatMap((name) => [
    { name: `throughput of ${name}`, unit: 'commands/s' },
    { name: `processor time a command of ${name}`, unit: 'µs' },
    { name: `peak memory of ${name}`, unit: 'MB' },
  ]),
];

interface BacklogSize {
  readonly commands: number;
  readonly verify: boolean;
}

async function runBacklog({ commands, verify }: BacklogSize, say: Say): Promise<Run> {
  const product = await measureBacklog({ commands, roles: 'queue', verify }, (text, share = 0) =>
    say(`the product: ${text}`, share / 3),
  );
  say('Kafka Streams', 1 / 3);
  const streams = await peerBacklog(asItComes, commands);
  say('Kafka Streams with its cache', 2 / 3);
  const cached = await peerBacklog(withCache, commands);
  const throughput = product['throughput'] ?? Number.NaN;
  return {
    'throughput ÷ that of Kafka Streams': throughput / streams.throughput,
    'throughput ÷ that of Kafka Streams with its cache': throughput / cached.throughput,
    'throughput of the product': throughput,
    'processor time a command of the product': product['processor time a command'] ?? Number.NaN,
    'peak memory of the product': product['peak memory of the worker'] ?? Number.NaN,
    ...Object.fromEntries(
      Object.entries({ 'Kafka Streams': streams, 'Kafka Streams with its cache': cached }).flatMap(
        ([name, peer]) => [
          [`throughput of ${name}`, peer.throughput],
          [`processor time a command of ${name}`, peer.micros],
          [`peak memory of ${name}`, peer.memory],
        ],
      ),
    ),
  };
}

export const peer = scenario({
  about: 'the backlog beside a Kafka Streams application (Java 17, Maven)',
  sizes: { quick: { commands: 30_000, verify: true }, full: { commands: 200_000, verify: true } },
  figures: () => backlogFigures,
  measure: eachRun(runBacklog),
});

const variants = { 'Kafka Streams': asItComes, 'Kafka Streams that commits every 10 ms': quickCommits };

const waitOf = (name: string, rate: number): string =>
  `command → outcome of ${name} at ${rate.toLocaleString('en')}/s`;
const latestOf = (name: string, rate: number): string =>
  `latest command to ${name} at ${rate.toLocaleString('en')}/s`;

const pacedFigures = ({ rates }: PacedSize): readonly Figure[] =>
  rates.flatMap((rate) =>
    ['the product', ...Object.keys(variants)].flatMap((name) => [
      { name: `${waitOf(name, rate)}, p50`, unit: 'ms' },
      { name: `${waitOf(name, rate)}, p99`, unit: 'ms' },
      // What the generator adds: by how much it was late at most.
      { name: latestOf(name, rate), unit: 'ms' },
    ]),
  );

interface PacedSize {
  /** Commands a second, one after the other. */
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly warmUp: number;
}

async function runPaced({ rates, ...lasting }: PacedSize, say: Say): Promise<Run> {
  const run: Record<string, number> = {};
  const steps = rates.length * (1 + Object.keys(variants).length);
  let done = 0;
  const tell = (name: string, rate: number): void => say(`${name} at ${rate}/s`, done++ / steps);
  for (const rate of rates) {
    const pace = { rate, ...lasting };
    tell('the product', rate);
    const { outcome, late, from } = await productPaced(pace);
    const of = (measured: Latencies, share: number): number => measured.percentile(share, from);
    run[`${waitOf('the product', rate)}, p50`] = of(outcome, 0.5);
    run[`${waitOf('the product', rate)}, p99`] = of(outcome, 0.99);
    run[latestOf('the product', rate)] = of(late, 1);
    for (const [name, variant] of Object.entries(variants)) {
      tell(name, rate);
      const measured = await peerPaced(variant, pace);
      run[`${waitOf(name, rate)}, p50`] = measured.p50;
      run[`${waitOf(name, rate)}, p99`] = measured.p99;
      run[latestOf(name, rate)] = measured.late;
    }
  }
  return run;
}

/** On servers of its own, as the peer is. */
async function productPaced(pace: Pace) {
  const stage = await openStage('queue');
  try {
    const worker = await stage.worker();
    await worker.start();
    const messages = await prepareLunch(stage, [worker], pace.rate * (pace.warmUp + pace.seconds), 1);
    return await pacedCommands(stage, messages, pace);
  } finally {
    await stage.close();
  }
}

export const peerAtPace = scenario({
  about: 'a steady load beside a Kafka Streams application (Java 17, Maven)',
  sizes: {
    quick: { rates: [500], seconds: 4, warmUp: 4 },
    full: { rates: [500], seconds: 20, warmUp: 40 },
  },
  figures: pacedFigures,
  measure: eachRun(runPaced),
});
