import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Decided } from './processors/decided.ts';
import type { Batch } from './topology/batch.ts';

/** One registry a process, with Node's own metrics. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counts commands by what came of them, and how long that took from the sender's clock. */
export function commandMetrics(registry: Registry, now: () => number): (batch: Batch) => void {
  const commands = new Counter({
    name: 'waiting_commands_total',
    help: 'Commands that were decided, by type and outcome.',
    labelNames: ['type', 'outcome'],
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'waiting_command_duration_seconds',
    help: "From the sender's clock to the outcome.",
    labelNames: ['type'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [registry],
  });
  return ({ facts }) => {
    for (const { value } of facts) {
      if (!isDecided(value)) continue;
      const { command: type, rejection, issuedAt } = value;
      commands.inc({ type, outcome: rejection ? rejection.code : 'ACCEPTED' });
      latency.observe({ type }, Math.max(0, now() - issuedAt) / 1000);
    }
  };
}

/** The other facts are dead letters, which are bytes. */
const isDecided = (value: unknown): value is Decided =>
  typeof value === 'object' && value !== null && 'context' in value && 'events' in value;
