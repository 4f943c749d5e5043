/** Where a user is named besides the history, and for how long: nothing is taken out of a log before its time. */
import { topics } from '../../schemas/topics.ts';

/** A topic as it is configured. -1: it keeps its records for ever. */
export interface Log {
  readonly topic: string;
  readonly retentionMillis: number;
  /** A log is deleted by segments, each as old as its newest record; this is how long one may be written to. */
  readonly segmentMillis: number;
}

export interface KeptElsewhere {
  readonly place: string;
  readonly what: string;
  readonly until: string;
}

const day = 24 * 60 * 60_000;

const whatIn: Readonly<Record<string, string>> = {
  [topics.commands]: 'registrations, no-shows by hand, and who sent them',
  [topics.events]: 'the waitings and no-shows of each event',
  [topics.notifications]: 'whom to tell',
  [topics.dlq]: 'commands that could not be processed, whole',
};

/** How long a record may stay; Infinity: for ever. */
const keptMillis = ({ retentionMillis, segmentMillis }: Omit<Log, 'topic'>): number =>
  retentionMillis < 0 ? Infinity : retentionMillis + segmentMillis;

export const logsOf = (log: Log): KeptElsewhere => {
  const millis = keptMillis(log);
  const days = `${Math.ceil(millis / day)} days after each record (retention and one segment)`;
  return {
    place: log.topic,
    what: whatIn[log.topic] ?? 'records',
    until: Number.isFinite(millis) ? days : 'for ever: it has no retention',
  };
};

/** How long the mark of a forgotten user is needed (ms): a history may be built anew from all that the events' topic has. */
export function markedMillis(logs: readonly Log[]): number {
  const events = logs.find(({ topic }) => topic === topics.events);
  // A day for the broker, which looks for what it may delete every few minutes, and for clocks.
  return events ? keptMillis(events) + day : Infinity;
}

/** The state of queues, in Redis and on its changelog. */
export const statesOf: readonly KeptElsewhere[] = [
  {
    place: 'Redis, queues',
    what: 'waitings and no-shows',
    until: '15 minutes after their end, at the next command of the restaurant',
  },
  {
    place: 'Redis, outcomes',
    what: 'answers to commands',
    until: '24 hours, at a later command of the restaurant with an id like it',
  },
  {
    place: topics.changelog,
    what: 'earlier states of both',
    until: 'the next compaction after that',
  },
];
