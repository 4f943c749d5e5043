/** I11: the system heals within 30 s of every fault, answers everybody, and is quiet in the end. I12: every fault fired. */
import type { Violation } from './evidence.ts';
import { healingMillis, type Inflicted } from './script.ts';

type Healed = Pick<Inflicted, 'kind' | 'until' | 'overlapped' | 'recoveredAt' | 'wellAt'>;

export interface Afterwards {
  /** Why the log was not decided and told to its end in time. */
  readonly unsettled: readonly string[];
  /** Answers that no client should get. */
  readonly clientFaults: readonly string[];
  /** Requests that were never settled. */
  readonly unanswered: readonly string[];
}

export function checkHealing(
  faults: readonly Healed[],
  { unsettled, clientFaults, unanswered }: Afterwards,
): Violation[] {
  const slow = faults.flatMap(({ kind, until, overlapped, recoveredAt, wellAt }) => {
    // What the next fault came upon heals with that one.
    if (overlapped) return [];
    if (wellAt !== null && wellAt - until <= healingMillis) return [];
    const answered = recoveredAt === null ? 'not every partition answered' : 'not every process was ready';
    return [`${answered} within ${healingMillis} ms of ${kind}, over at ${until}`];
  });
  return [
    ...slow,
    ...unsettled,
    ...clientFaults.map((fault) => `a client got ${fault}`),
    ...unanswered.map((request) => `never settled: ${request}`),
  ];
}

/** `ends`: how the processes ended when they were asked to, after everything. */
export function checkFired(
  faults: readonly Pick<Inflicted, 'kind' | 'fired' | 'what'>[],
  ends: readonly string[],
): Violation[] {
  return [
    ...faults.filter(({ fired }) => !fired).map(({ kind, what }) => `${kind} did not fire: ${what}`),
    ...ends
      .filter((how) => how !== 'ended with code 0')
      .map((how) => `a process that was asked to end ${how}`),
  ];
}
