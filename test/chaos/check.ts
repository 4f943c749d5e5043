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

type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12';

export type Violations = Readonly<Record<Invariant, readonly Violation[]>>;

export function check(ran: Ran): Violations {
  const { commands, events, notifications, letters, states, rows, asked, appended, shown } = ran;
  const replay = replayLog(commands);
  const unanswered = asked.filter(({ answer }) => answer === null).map(({ what }) => what);
  return {
    I1: checkOutcomes(commands, events, letters),
    I2: checkTickets(events),
    I3: [...checkEvents(events, replay), ...checkNotifications(events, notifications)],
    I4: checkDeadlines(events, unwell(ran), ran.at),
    I5: checkState(states, replay),
    I6: checkHistory(rows, replay),
    I7: checkMarks(ran.samples, ran.restores, ran.positions),
    I8: checkRequests(asked, appended, commands, events),
    I9: checkTransitions(events),
    I10: checkReads(shown, events),
    I11: checkHealing(ran.faults, { ...ran, unanswered }),
    I12: checkFired(ran.faults, ran.ends),
  };
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
