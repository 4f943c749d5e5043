import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Readiness } from './http/operations.ts';
import type { Received } from './processors/commandSource.ts';
import type { Decided } from './processors/decided.ts';
import type { TaskDeps } from './topology/task.ts';

/** Gauges of Node that are named like counters; those without `_total` say the same, by type. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** One registry a process, with Node's own metrics. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return registry;
}

/** What the process says of itself at `/health/ready`, for those who watch many. */
export function readinessMetrics(registry: Registry, readiness: () => Readiness): void {
  const registers = [registry];
  new Gauge({
    name: 'waiting_ready',
    help: '1 when the process may be sent requests.',
    registers,
    collect() {
      this.set(readiness().ready ? 1 : 0);
    },
  });
  new Gauge({
    name: 'waiting_check_ok',
    help: '1 for every check of readiness that says ok.',
    labelNames: ['check'],
    registers,
    collect() {
      for (const [check, says] of Object.entries(readiness().checks))
        this.set({ check }, says === 'ok' ? 1 : 0);
    },
  });
}

/** Counts errors of the connections to Redis, failed attempts to come back included. */
export function redisErrorMetric(registry: Registry): () => void {
  const errors = new Counter({
    name: 'waiting_redis_errors_total',
    help: 'Connections to Redis that broke, and attempts that did not bring them back.',
    registers: [registry],
  });
  return () => errors.inc();
}

/** Counts commands by what came of them, and how long that took from the sender's clock, or after a deadline. */
export function commandMetrics(registry: Registry, now: () => number): TaskDeps['committed'] {
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
  const lateness = new Histogram({
    name: 'waiting_timer_lateness_seconds',
    help: 'From a deadline to its effect on the queue.',
    labelNames: ['kind'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800],
    registers: [registry],
  });
  return ({ facts }, records) => {
    const timers = new Map<number, ReturnType<typeof timerOf>>();
    for (const each of records) {
      const timer = 'message' in each ? timerOf(each.message) : null;
      if (timer) timers.set(each.record.offset, timer);
    }
    for (const { value, origin } of facts) {
      if (!isDecided(value)) continue;
      const timer = timers.get(origin.offset);
      if (timer && value.events.length > 0) {
        lateness.observe({ kind: timer.kind }, Math.max(0, now() - timer.deadline) / 1000);
      }
      const { command: type, rejection, issuedAt } = value;
      commands.inc({ type, outcome: rejection ? rejection.code : 'ACCEPTED' });
      latency.observe({ type }, Math.max(0, now() - issuedAt) / 1000);
    }
  };
}

/** The other facts are dead letters, which are bytes. */
const isDecided = (value: unknown): value is Decided =>
  typeof value === 'object' && value !== null && 'context' in value && 'events' in value;

/** The deadline that a command lets pass; null: it is of somebody who asks for something. */
function timerOf(message: unknown): { readonly kind: string; readonly deadline: number } | null {
  if (!isReceived(message)) return null;
  const { command } = message;
  if (command.type === 'ExpireTimer') return { kind: command.kind, deadline: command.deadline };
  if (command.type === 'CloseBusinessDay' && command.dueAt !== null) {
    return { kind: 'CLOSE', deadline: command.dueAt };
  }
  return null;
}

const isReceived = (message: unknown): message is Received =>
  typeof message === 'object' && message !== null && 'command' in message && 'replyTo' in message;
