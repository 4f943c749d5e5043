/** One seed: a scenario is made of it, lived through, healed, and held against what ought to be. */
import { topics } from '../../src/schemas/topics.ts';
import { offlineCodec as codec } from '../codec.ts';
import { type Clients, startClients } from './clients.ts';
import { type Past, scheduleFaults } from './faults.ts';
import { scheduleLongFreeze } from './longFreeze.ts';
import { type Prober, startProber } from './prober.ts';
import type { Sabotage } from './sabotage.ts';
import { startKiosk } from './kiosk.ts';
import { type Replay, replay } from './oracle.ts';
import { checkOutputs } from './outputChecks.ts';
import { createScheduler, type Step } from './scheduler.ts';
import { checkAnswers, checkHistory, checkSeen, checkState } from './stateChecks.ts';
import { servers } from './process.ts';
import type { Report, Violation } from './watch.ts';
import { createWorld, type World } from './world.ts';

export interface Result {
  readonly seed: number;
  /** Virtual time. */
  readonly seconds: number;
  /** Records on the log of commands. */
  readonly commands: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
  readonly longestStallMs: number;
  readonly recoveryMs: ReadonlyMap<string, number>;
  readonly steps: readonly Step[];
  readonly traceHash: number;
}

/** 12:00 of 2 October 2025 in Seoul. */
const startAt = Date.parse('2025-10-02T03:00:00Z');
const troubleMillis = [12_000, 30_000] as const;
/** I11: within this all is well again. */
const healMillis = 30_000;
/** How often it is looked whether it is. */
const lookMillis = 500;
/** The longest time to answer, and as long as what went wrong. */
const lapseMillis = 60_000;

export async function runSeed(seed: number, sabotage: Sabotage | null = null): Promise<Result> {
  const scheduler = createScheduler(seed, startAt);
  const { between, chance, random } = scheduler;
  const partitions = 1 + Math.floor(random() * 4);
  const world = createWorld(scheduler, partitions, sabotage);
  const quiet = chance(0.08) && sabotage === null;
  const until = startAt + between(...troubleMillis);
  const longFreeze = !quiet && chance(0.05) ? scheduleLongFreeze(world) : null;
  const calm = quiet || longFreeze !== null;
  world.noise = calm || chance(0.3) ? 0 : random();

  const workers = 2 + Math.floor(random() * 2);
  for (let n = 0; n < workers; n += 1) scheduler.after(between(0, 300), () => void world.start());
  const restaurants = Array.from({ length: 2 + Math.floor(random() * 3) }, (_, n) => 101 + n);
  const teams = 4 + Math.floor(random() * 4);
  const clients = startClients(world, { restaurants, teams, until });
  const prober = startProber(world, clients.commandId);
  startKiosk(world, restaurants, 4 + Math.floor(random() * 10), until, clients.commandId);
  const past = calm ? [] : scheduleFaults(world, 1 + Math.floor(random() * 6), until);

  await scheduler.run(until);
  heal(world);
  const canaries = restaurants.map((restaurantId) =>
    clients.ask(restaurantId, { role: 'SERVICE', id: 'canary' }, { type: 'RegisterNoShow', ...canary }),
  );
  let passed = 0;
  for (const each of canaries) void each.then(() => (passed += 1));
  const isWell = (): boolean => passed === canaries.length && isQuiet(world, clients);
  for (let at = until; at < until + healMillis && !isWell(); at += lookMillis)
    await scheduler.run(at + lookMillis);
  // Nothing goes wrong any more: nobody needs to ask.
  prober.stop();
  for (let left = lapseMillis; left > 0 && hasDeadlines(world); left -= 2_000)
    await scheduler.run(scheduler.now() + 2_000);
  const end = scheduler.now() + healMillis;
  while (scheduler.now() < end && !isQuiet(world, clients))
    await scheduler.run(scheduler.now() + lookMillis / 4);
  const result = resultOf(world, seed, { clients, prober, past, longFreeze, quiet, until, sabotage });
  world.release();
  return result;
}

const canary = { userId: 1, waitingId: null, datesId: null, reason: null } as const;

/** Everything that was taken away is given back; nothing more goes wrong. */
function heal(world: World): void {
  world.scheduler.note('all', 'healed');
  world.noise = 0;
  world.ambushes.length = 0;
  for (const server of servers) if (!world.isUp(server)) world.setUp(server, true);
  for (const { process } of world.instances()) {
    for (const server of servers) world.cut(process, server, false);
    world.slow(process, 1);
    if (process.isFrozen()) process.resume();
  }
}

/** Every command is decided and told, the history has every event, and nobody waits for an answer or a deadline. */
function isQuiet(world: World, clients: Clients): boolean {
  if (clients.busy() > 0) return false;
  for (let partition = 0; partition < world.kafka.partitions; partition += 1) {
    const end = world.kafka.logOf(topics.commands, partition).end();
    const events = world.kafka.logOf(topics.events, partition);
    if (world.watch.emitted(partition) < end || hasOpen(world, partition)) return false;
    const state = world.redis.hash(`waiting:{${topics.commands}-${partition}}`);
    if (end > 0 && Number(state.get('S') ?? -1) < end) return false;
    const last = events.fetch(0, Infinity).records.at(-1);
    const applied = world.postgres.tables.offsets.get(`${topics.events}-${partition}`)?.next ?? 0;
    if (last && applied <= last.offset) return false;
  }
  return true;
}

/** Whether a transaction has no marker yet in one of its partitions. */
const hasOpen = ({ kafka }: World, partition: number): boolean =>
  Object.values(topics).some((topic) => {
    const log = kafka.logOf(topic, partition);
    return log.stable() < log.end();
  });

/** Whether somebody's time still runs, as the events have it. */
function hasDeadlines({ kafka }: World): boolean {
  const running = new Set<number>();
  for (let partition = 0; partition < kafka.partitions; partition += 1) {
    for (const { value } of kafka.logOf(topics.events, partition).fetch(0, Infinity).records) {
      const { name, value: event } = codec.decode(value);
      if (name === 'WaitingCalled' || name === 'CallAnswered') running.add(event.waiting.waitingId);
      else if (name === 'WaitingDeleted') running.delete(event.waitingId);
      else if (name !== 'DeadlineExtended' && name !== 'TurnNear' && 'waiting' in event)
        running.delete((event.waiting as { waitingId: number }).waitingId);
    }
  }
  return running.size > 0;
}

interface Lived {
  readonly clients: Clients;
  readonly prober: Prober;
  readonly sabotage: Sabotage | null;
  readonly past: readonly Past[];
  readonly longFreeze: ReturnType<typeof scheduleLongFreeze> | null;
  readonly quiet: boolean;
  readonly until: number;
}

function resultOf(
  world: World,
  seed: number,
  { clients, prober, past, longFreeze, quiet, until, sabotage }: Lived,
): Result {
  const { scheduler, kafka, watch } = world;
  const violations: Violation[] = [...watch.violations];
  const report: Report = (invariant, what) => void violations.push({ invariant, what });
  longFreeze?.(report);
  if (!isQuiet(world, clients)) report('I11', stillBusy(world, clients));
  for (const what of world.loud) report('I11', what);
  const replays = Array.from({ length: kafka.partitions }, (_, partition) => {
    const expected = replay(kafka.logOf(topics.commands, partition).entries(), kafka.partitions, sabotage);
    const stretches = prober.stretches(partition);
    checkOutputs(kafka, partition, { replay: expected, stretches, quiet }, report);
    checkState(world, partition, expected, report);
    return expected;
  });
  checkHistory(world, replays, report);
  checkAnswers(clients, replays, report);
  checkSeen(clients, replays, report);
  return {
    seed,
    seconds: (scheduler.now() - startAt) / 1000,
    commands: replays.reduce((sum, { verdicts }) => sum + verdicts.length, 0),
    counts: world.counts,
    violations,
    ...delays(world, replays, past, until),
    steps: scheduler.steps(),
    traceHash: scheduler.traceHash(),
  };
}

function stillBusy(world: World, clients: Clients): string {
  const lags = Array.from({ length: world.kafka.partitions }, (_, partition) => {
    const { kafka, watch } = world;
    return `${partition}: E ${watch.emitted(partition)} of ${kafka.logOf(topics.commands, partition).end()}`;
  });
  const states = world
    .instances()
    .map(({ process, states: of }) => `${process.name} ${[...(of() ?? [])].join(' ')}`);
  return `not well ${healMillis / 1000} s after healing: ${clients.busy()} clients wait, ${lags.join(', ')}; ${states.join('; ')}`;
}

/** The longest wait of a command, and how long after each kind of fault the last one waited that was there then. */
function delays(
  world: World,
  replays: readonly Replay[],
  past: readonly Past[],
  until: number,
): Pick<Result, 'longestStallMs' | 'recoveryMs'> {
  const ends = [...past, { kind: 'all', endedAt: until }];
  const recoveryMs = new Map<string, number>();
  let longestStallMs = 0;
  replays.forEach(({ verdicts }, partition) => {
    for (const { offset, at } of verdicts) {
      const decidedAt = world.watch.decidedAt(partition, offset) ?? at;
      longestStallMs = Math.max(longestStallMs, decidedAt - at);
      for (const { kind, endedAt } of ends) {
        if (at > endedAt || decidedAt < endedAt) continue;
        recoveryMs.set(kind, Math.max(recoveryMs.get(kind) ?? 0, decidedAt - endedAt));
      }
    }
  });
  return { longestStallMs, recoveryMs };
}
