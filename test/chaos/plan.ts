/** Which fault comes when: decided by the seed alone, as a deck that is shuffled anew when all kinds have come. */

const onOneBroker = [
  'kill9',
  'freeze',
  'deploy',
  'redisKill',
  'flushall',
  'redisRollback',
  'brokerKill',
  'postgresStop',
  'postgresTerminate',
  'cut',
  'delay',
] as const;

/** Beside the others, where one broker may go and the log stays. */
const onSeveralBrokers = [
  'leaderKill',
  'leaderFreeze',
  'firstFreeze',
  'coordinatorKill',
  'twoDown',
  'rollingRestart',
  'workerCut',
  'answersDelayed',
  'leadersMoved',
] as const;

export type BrokerFaultKind = (typeof onSeveralBrokers)[number];
export type FaultKind = (typeof onOneBroker)[number] | BrokerFaultKind;

/** The deck for so many brokers. */
export const kindsFor = (brokers: number): readonly FaultKind[] =>
  brokers === 1 ? onOneBroker : [...onOneBroker.filter((kind) => kind !== 'brokerKill'), ...onSeveralBrokers];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Between 0 and 1: which process, where it is one. */
  readonly target: number;
  /** How long the fault lasts, or a killed process stays down (ms). */
  readonly lastsMillis: number;
  /** How long all has been well before it (ms), or how long ago the fault before it ended. */
  readonly afterMillis: number;
  /** Whether it comes while the fault before it is still healing. */
  readonly overlaps: boolean;
}

/** How long each kind lasts: least and most (ms). What a server needs to start comes on top. */
const lasts: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill9: [1_000, 3_000],
  freeze: [15_000, 30_000],
  deploy: [0, 500],
  redisKill: [0, 3_000],
  flushall: [0, 0],
  redisRollback: [0, 1_000],
  brokerKill: [0, 3_000],
  postgresStop: [10_000, 20_000],
  postgresTerminate: [0, 0],
  cut: [0, 0],
  delay: [3_000, 8_000],
  // A broker is given up after 9 s: longer than that, so that others take over what it led.
  leaderKill: [11_000, 15_000],
  leaderFreeze: [12_000, 25_000],
  firstFreeze: [15_000, 25_000],
  coordinatorKill: [11_000, 15_000],
  twoDown: [8_000, 15_000],
  rollingRestart: [0, 0],
  // A request is given up after 15 s.
  workerCut: [8_000, 20_000],
  answersDelayed: [20_000, 25_000],
  leadersMoved: [0, 0],
};

/** Time to heal (ms): deadlines of two seconds have to run their course in it. */
const gap = [4_000, 9_000] as const;
const overlapGap = [500, 3_000] as const;
const overlapShare = 0.15;

/** Faults of these kinds without end, in their order. */
export function* plan(random: () => number, kinds: readonly FaultKind[]): Generator<PlannedFault, never> {
  const between = ([least, most]: readonly [number, number]): number =>
    Math.round(least + random() * (most - least));
  for (;;) {
    for (const kind of shuffled(kinds, random)) {
      const overlaps = random() < overlapShare;
      yield {
        kind,
        target: random(),
        lastsMillis: between(lasts[kind]),
        afterMillis: between(overlaps ? overlapGap : gap),
        overlaps,
      };
    }
  }
}

function shuffled<T>(from: readonly T[], random: () => number): T[] {
  const left = [...from];
  return from.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}
