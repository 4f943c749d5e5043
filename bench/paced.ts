/** A steady load, far from what the product can take: how long one waits for it. */
import type { Figure, Run } from './figures.ts';
import type { Latencies } from './latency.ts';
import { pacedCommands, prepareLunch } from './pacedCommands.ts';
import { pacedRequests } from './pacedRequests.ts';
import { eachRun, type Say, scenario } from './scenario.ts';
import { openStage } from './stage.ts';

/** What is waited for, with targets for the median and for the slowest hundredth (ms). */
const waits = {
  'command → outcome at 500/s': { p50: 3, p99: 15 },
  'command → notification at 500/s': { p50: 100, p99: 200 },
  'command → outcome at 2,000/s': { p50: 6, p99: 50 },
  'command → notification at 2,000/s': null,
  'HTTP POST → 201 at 500/s': { p50: 8, p99: 40 },
  // What the generator itself adds: a command or a request left so much after it was due.
  'commands left late at 500/s': null,
  'commands left late at 2,000/s': null,
  'requests left late at 500/s': null,
} as const;

type Wait = keyof typeof waits;

const figures: readonly Figure[] = Object.entries(waits).flatMap(([name, targets]) =>
  (['p50', 'p99'] as const).map((share) => ({
    name: `${name}, ${share}`,
    unit: 'ms',
    ...(targets && { target: { most: targets[share] } }),
  })),
);

interface Size {
  readonly seconds: number;
  readonly warmUp: number;
  readonly verify: boolean;
}

/** The commands of 500/s, of 2,000/s and the requests are of restaurants of their own, which begin at these ids. */
const firstRestaurants = { at500: 1, at2000: 1_000_000, requests: 2_000_000 };

async function run({ seconds, warmUp, verify }: Size, say: Say): Promise<Run> {
  const stage = await openStage('ingress,queue');
  try {
    const worker = await stage.worker();
    await worker.start();
    const commandsAt = async (rate: number, first: number) => {
      const messages = await prepareLunch(stage, [worker], rate * (warmUp + seconds), first);
      return pacedCommands(stage, messages, { rate, seconds, warmUp });
    };
    say('commands at 500/s', 0.1);
    const at500 = await commandsAt(500, firstRestaurants.at500);
    say('commands at 2,000/s', 0.4);
    const at2000 = await commandsAt(2_000, firstRestaurants.at2000);
    say('requests at 500/s', 0.7);
    const requests = await pacedRequests(
      stage,
      worker,
      { rate: 500, seconds, warmUp },
      firstRestaurants.requests,
    );
    if (verify) {
      say('holding what is kept against the logs', 1);
      await stage.verify();
    }
    return {
      ...shares('command → outcome at 500/s', at500.outcome, at500.from),
      ...shares('command → notification at 500/s', at500.notification, at500.from),
      ...shares('command → outcome at 2,000/s', at2000.outcome, at2000.from),
      ...shares('command → notification at 2,000/s', at2000.notification, at2000.from),
      ...shares('HTTP POST → 201 at 500/s', requests.answer, requests.from),
      ...shares('commands left late at 500/s', at500.late, at500.from),
      ...shares('commands left late at 2,000/s', at2000.late, at2000.from),
      ...shares('requests left late at 500/s', requests.late, requests.from),
    };
  } finally {
    await stage.close();
  }
}

const shares = (wait: Wait, measured: Latencies, from: number): Run => ({
  [`${wait}, p50`]: measured.percentile(0.5, from),
  [`${wait}, p99`]: measured.percentile(0.99, from),
});

export const paced = scenario({
  about: 'a steady load, from when a command was due to its outcome, notification or answer',
  sizes: {
    quick: { seconds: 5, warmUp: 4, verify: true },
    full: { seconds: 20, warmUp: 40, verify: true },
  },
  figures: () => figures,
  measure: eachRun(run),
});
