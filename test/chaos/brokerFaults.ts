/** Faults of one broker of several, of two, or of the way between a process and a broker. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../infra/stack/cluster.ts';
import type { Stack } from '../../infra/stack/stack.ts';
import { until } from '../../infra/stack/until.ts';
import { topics } from '../../src/schemas/topics.ts';
import { coordinatorOf, electPreferred, type Led, partitionsOf } from '../leadership.ts';
import { type Fault, type Seen, stateOf } from './field.ts';
import type { Worker } from './fleet.ts';
import type { BrokerFaultKind } from './plan.ts';
import type { Proxy } from './proxy.ts';

/** How long a fault may take to show, and a broker to have all records again (ms). */
const showsMillis = 30_000;
const catchUpMillis = 60_000;
/** Longer than the application waits for an answer (ms). */
const answerMillis = 17_000;

export const brokerFaults: Readonly<Record<BrokerFaultKind, Fault>> = {
  leaderKill: async ({ stack }, { target, lastsMillis }) => {
    const { partition, leader } = await anyPartition(stack, target);
    return killed([brokerOf(stack, leader)], lastsMillis, `led partition ${partition}`, () =>
      shows(() => isLedByAnother(stack, partition, leader)),
    );
  },

  leaderFreeze: async ({ stack }, { target, lastsMillis }) => {
    const { partition, leader } = await anyPartition(stack, target);
    return frozen(brokerOf(stack, leader), lastsMillis, `led partition ${partition}`, () =>
      shows(() => isLedByAnother(stack, partition, leader)),
    );
  },

  // With a takeover once others lead what it led: whoever asks the first broker first waits for it.
  firstFreeze: async ({ stack }, { worker, lastsMillis }) => {
    const said = `is the first, and ${worker.name} was started again meanwhile`;
    return frozen(brokerOf(stack, 1), lastsMillis, said, async () => {
      const led = async (): Promise<Led[]> => partitionsOf(others(stack, 1), [topics.commands]);
      const moved = await shows(async () => (await led()).every(({ leader }) => leader > 1));
      const life = worker.life();
      void worker.end('SIGTERM', 0);
      return moved && (await shows(() => Promise.resolve(worker.life() > life)));
    });
  },

  coordinatorKill: async ({ stack }, { target, lastsMillis }) => {
    const { partition } = await anyPartition(stack, (target * 2) % 1);
    const [type, key] =
      target < 0.5
        ? (['group', 'waiting-queue'] as const)
        : (['transaction', `waiting-${topics.commands}-${partition}`] as const);
    const victim = await coordinatorOf(stack.brokers, type, key);
    return killed([brokerOf(stack, victim)], lastsMillis, `coordinated the ${type} ${key}`, () =>
      shows(async () => (await coordinatorOf(others(stack, victim), type, key)) !== victim),
    );
  },

  twoDown: ({ stack }, { target, lastsMillis }) => {
    const survivor = 1 + Math.floor(target * stack.brokers.length);
    return killed(others(stack, survivor).slice(0, 2), lastsMillis, 'were two of three', () =>
      shows(async () =>
        (await partitionsOf([brokerOf(stack, survivor)], [topics.commands])).every(
          ({ leader, inSync }) => leader < 0 || inSync.length < 2,
        ),
      ),
    );
  },

  rollingRestart: async ({ stack: { brokers } }) => {
    const before = brokers.map(({ pid }) => pid);
    let inSync = true;
    for (const broker of brokers) {
      await broker.restart();
      inSync &&= await until(() => allInSync(brokers), catchUpMillis);
    }
    const anew = brokers.every(({ pid }, n) => pid !== undefined && pid !== before[n]);
    return { fired: anew && inSync, what: `${brokers.length} brokers, one after the other` };
  },

  // Half of them are refused, the others are not told: what is sent to them gets lost.
  workerCut: async ({ stack }, { target, lastsMillis, worker }) => {
    const { leader } = await anyPartition(stack, (target * 2) % 1);
    const proxy = proxyTo(worker, leader);
    const refused = target < 0.5;
    const before = proxy.delayed();
    const cut = refused ? proxy.cut() : 0;
    proxy.refuse(refused);
    if (!refused) proxy.delay(Infinity);
    await sleep(lastsMillis);
    proxy.refuse(false);
    proxy.delay(0);
    const count = refused ? cut : proxy.delayed() - before;
    const how = refused ? 'connections, and refused' : 'pieces of its silence';
    const what = `${worker.name} from broker ${leader} for ${lastsMillis} ms, ${count} ${how}`;
    return { fired: count > 0, what };
  },

  answersDelayed: async ({ stack, fleet }, { target, lastsMillis, worker }) => {
    const { leader } = await anyPartition(stack, (target * 2) % 1);
    const to = target < 0.5 ? [worker] : fleet.workers;
    const proxies = to.map((each) => proxyTo(each, leader));
    const pieces = (): number => proxies.reduce((sum, proxy) => sum + proxy.delayed(), 0);
    const before = pieces();
    for (const proxy of proxies) proxy.delay(answerMillis, ['answers']);
    await sleep(lastsMillis);
    for (const proxy of proxies) proxy.delay(0);
    const count = pieces() - before;
    const whom = to.map(({ name }) => name).join(', ');
    return {
      fired: count > 0 && lastsMillis > answerMillis,
      what: `broker ${leader} to ${whom}: ${count} pieces by ${answerMillis} ms for ${lastsMillis} ms`,
    };
  },

  // What a broker led is led by others from its restart until the election.
  leadersMoved: async ({ stack }, { target }) => {
    const { leader } = await anyPartition(stack, target);
    await brokerOf(stack, leader).restart();
    await until(() => allInSync(stack.brokers), catchUpMillis);
    const moved = await electPreferred(stack.brokers);
    return { fired: moved > 0, what: `${moved} partitions, after broker ${leader} was started again` };
  },
};

/** Whether every partition of every topic has all its replicas. */
export const allInSync = async (brokers: readonly Broker[]): Promise<boolean> =>
  (await partitionsOf(brokers)).every(({ replicas, inSync }) => inSync.length === replicas.length);

/** `during` runs once they are gone, and answers whether that shows. */
async function killed(
  victims: readonly Broker[],
  lastsMillis: number,
  said: string,
  during: () => Promise<boolean>,
): Promise<Seen> {
  const pids = victims.map(({ pid }) => pid);
  await Promise.all(victims.map((victim) => victim.kill()));
  const gone = pids.every((pid) => pid !== undefined && stateOf(pid) === null);
  const [shown] = await Promise.all([during(), sleep(lastsMillis)]);
  await Promise.all(victims.map((victim) => victim.start()));
  return { fired: gone && shown, what: `${victims.map(({ name }) => name).join(' and ')} ${said}` };
}

async function frozen(
  broker: Broker,
  lastsMillis: number,
  said: string,
  during: () => Promise<boolean>,
): Promise<Seen> {
  const { pid } = broker;
  broker.freeze();
  try {
    const [shown] = await Promise.all([during(), sleep(lastsMillis)]);
    const stopped = pid !== undefined && stateOf(pid) === 'T';
    return { fired: stopped && shown, what: `${broker.name} ${said}` };
  } finally {
    broker.thaw();
  }
}

/** Nobody answers while leaders are elected. */
const shows = (look: () => Promise<boolean>): Promise<boolean> =>
  until(() => look().catch(() => false), showsMillis, 250);

async function isLedByAnother(stack: Stack, partition: number, than: number): Promise<boolean> {
  const found = await partitionsOf(others(stack, than), [topics.commands]);
  const leader = found.find((each) => each.partition === partition)?.leader ?? -1;
  return leader >= 0 && leader !== than;
}

/** A partition of the commands that has a leader. */
async function anyPartition({ brokers }: Stack, target: number): Promise<Led> {
  let led: Led[] = [];
  await shows(async () => {
    led = (await partitionsOf(brokers, [topics.commands])).filter(({ leader }) => leader >= 0);
    return led.length > 0;
  });
  const chosen = led[Math.floor(target * led.length)];
  if (!chosen) throw new Error(`nobody leads ${topics.commands}`);
  return chosen;
}

function brokerOf({ brokers }: Stack, nodeId: number): Broker {
  const found = brokers.find((broker) => broker.nodeId === nodeId);
  if (!found) throw new Error(`there is no broker ${nodeId}`);
  return found;
}

const others = ({ brokers }: Stack, than: number): Broker[] =>
  brokers.filter(({ nodeId }) => nodeId !== than);

function proxyTo({ name, kafka }: Worker, nodeId: number): Proxy {
  const proxy = kafka[nodeId - 1];
  if (!proxy) throw new Error(`${name} has no proxy to broker ${nodeId}`);
  return proxy;
}
