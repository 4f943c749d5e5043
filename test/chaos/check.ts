/** All checks of a run, by the invariant that each is of. */
import { checkDeadlines } from './checkDeadlines.ts';
import { checkFired, checkHealing } from './checkFaults.ts';
import { checkHistory } from './checkHistory.ts';
import { checkMarks } from './checkMarks.ts';
import { checkEvents, checkNotifications } from './checkNotifications.ts';
import { checkOutcomes } from './checkOutcomes.ts';
import { checkReads } from './checkReads.ts';
import { checkRequests } from './checkRequests.ts';
import { checkState } from './checkState.ts';
import { checkTickets } from './checkTickets.ts';
import { checkTransitions } from './checkTransitions.ts';
import type { Violation, Window } from './evidence.ts';
import { replayLog } from './replay.ts';
import type { Ran } from './run.ts';

/** What has to hold, in a few words each. */
export const invariants = {
  I1: 'every logged command has exactly one outcome',
  I2: 'tickets are 1 to n in the order of the log',
  I3: 'every transition has one event, and one notification a side',
  I4: 'deadlines pass once, never early, and in time',
  I5: 'Redis is what a replay of the log makes it',
  I6: 'Postgres is what a replay of the log makes it',
  I7: 'S and E never go back but by a recorded restore',
  I8: 'what was answered took effect exactly once',
  I9: 'only legal transitions',
  I10: 'clients see prefixes of the log, never going back',
  I11: 'all heals within 30 s',
  I12: 'every fault fired',
} as const;

export type Invariant = keyof typeof invariants;
export type Violations = Readonly<Record<Invariant, readonly Violation[]>>;

/** `now` hears what is being checked. */
export function check(ran: Ran, now: (name: Invariant) => void): Violations {
  const { commands, events, notifications, letters, states, rows, asked, appended, shown } = ran;
  const replay = replayLog(commands);
  const unanswered = asked.filter(({ answer }) => answer === null).map(({ what }) => what);
  const checks: Readonly<Record<Invariant, () => Violation[]>> = {
    I1: () => checkOutcomes(commands, events, letters),
    I2: () => checkTickets(events),
    I3: () => [...checkEvents(events, replay), ...checkNotifications(events, notifications)],
    I4: () => checkDeadlines(events, unwell(ran), ran.at),
    I5: () => [...checkState(states, replay), ...ran.verified],
    I6: () => checkHistory(rows, replay),
    I7: () => checkMarks(ran.samples, ran.restores, ran.positions),
    I8: () => checkRequests(asked, appended, commands, events),
    I9: () => checkTransitions(events),
    I10: () => checkReads(shown, events),
    I11: () => checkHealing(ran.faults, { ...ran, unanswered }),
    I12: () => checkFired(ran.faults, ran.ends),
  };
  const names = Object.keys(checks) as Invariant[];
  const found = names.map((name) => {
    now(name);
    return [name, checks[name]()] as const;
  });
  return Object.fromEntries(found) as unknown as Violations;
}

/** When the system was not well: during faults and until it had healed, and while a process was away by itself. */
const unwell = ({ faults, gaps }: Ran): Window[] => [
  ...faults.map(({ from, wellAt }) => ({ from, until: wellAt ?? Infinity })),
  ...gaps
    .filter(({ byItself }) => byItself)
    .map(({ from, until }) => ({ from, until: until + rebalanceMillis })),
];

/** A process that comes back takes partitions from the others. */
const rebalanceMillis = 5_000;
