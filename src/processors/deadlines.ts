import type { CommandBody } from '../domain/command.ts';
import { type Deadline, overlap, pendingDeadlines } from '../domain/deadlines.ts';
import { idOf, type Queue } from '../domain/queue.ts';
import type { Codec } from '../schemas/codec.ts';
import type { Formats } from '../schemas/formats.ts';
import { topics } from '../schemas/topics.ts';
import type { Projected, PunctuatorInstance, PunctuatorNode } from '../topology/graph.ts';
import { derivedId, queueStore } from './keys.ts';

const tickMillis = 250;
/**
 * A timer is sent again while the log has not settled it: the first may have been lost with a broker. Ever less often,
 * so that a stall does not fill the log with what is to be decided after it.
 */
const againMillis = { first: 1_000, most: 60_000 };

/** Deadlines that run, as commands that let them pass. They are sent at least once: the rules make repeats void. */
export const deadlinePunctuator = (codec: Codec, formats: Formats, processor: string): PunctuatorNode => ({
  kind: 'punctuator',
  about: 'Lets deadlines pass: sends ExpireTimer and CloseBusinessDay when they are due.',
  parents: [processor],
  stores: [queueStore],
  everyMillis: tickMillis,
  topic: topics.commands,
  open: () => openDeadlines(codec, formats),
});

interface Running {
  readonly deadline: Deadline;
  sendAt: number;
  again: number;
}

/** What runs in one queue. */
interface QueueDeadlines {
  readonly restaurantId: number;
  readonly running: readonly Running[];
  /** When the first of them began that is a customer's time; null: none is. */
  readonly since: number | null;
}

function openDeadlines(codec: Codec, formats: Formats): PunctuatorInstance {
  const byQueue = new Map<string, QueueDeadlines>();
  /** Those with a customer's deadline: few of all that have an open day. */
  const guarded = new Map<string, QueueDeadlines & { readonly since: number }>();
  let pending = 0;
  /** Nothing is to be sent before; found anew when it is reached. */
  let next = Infinity;

  return {
    observe: (key: string, queue: Queue) => {
      const { restaurantId } = queue;
      const before = byQueue.get(key)?.running ?? [];
      const running = pendingDeadlines(queue).map(
        (deadline) => before.find((each) => isSame(each.deadline, deadline)) ?? start(deadline),
      );
      pending += running.length - before.length;
      for (const { sendAt } of running) next = Math.min(next, sendAt);
      const since = earliest(running.flatMap(({ deadline }) => deadline.since ?? []));
      if (running.length > 0) byQueue.set(key, { restaurantId, running, since });
      else byQueue.delete(key);
      if (since !== null) guarded.set(key, { restaurantId, running, since });
      else guarded.delete(key);
    },
    nextAt: () => next,
    due: (now, validUntil) => {
      if (now < next) return [];
      next = Infinity;
      const records: Projected[] = [];
      for (const { restaurantId, running } of byQueue.values()) {
        for (const timer of running) {
          if (timer.sendAt <= now) {
            timer.sendAt = now + timer.again;
            timer.again = Math.min(2 * timer.again, againMillis.most);
            records.push(
              timerRecord(
                codec,
                restaurantId,
                timer.deadline,
                formats.mayWrite('stalls') ? validUntil : null,
                now,
              ),
            );
          }
          next = Math.min(next, timer.sendAt);
        }
      }
      return records;
    },
    guardedSince: () => earliest([...guarded.values()].map(({ since }) => since)),
    beat: (now) => {
      const [first] = guarded.size > 0 ? guarded.values() : byQueue.values();
      if (!first) throw new Error('a beat goes to a queue with a deadline, and there is none');
      const { restaurantId } = first;
      // No restaurant has a waiting of number 0.
      const nothing = {
        waitingId: idOf(restaurantId, 0),
        kind: 'CLOSE',
        deadline: 0,
        validUntil: null,
      } as const;
      return systemCommand(
        codec,
        restaurantId,
        `beat/${restaurantId}/${now}`,
        { type: 'ExpireTimer', ...nothing },
        now,
      );
    },
    excuse: (from, until) => {
      const stalled = [...guarded.values()].filter(({ since }) => since < until);
      if (!formats.mayWrite('stalls')) {
        for (const { running } of stalled) running.forEach((timer) => hold(timer, from, until));
        return [];
      }
      return stalled.map(({ restaurantId }) => {
        const name = `excuse/${restaurantId}/${from}/${until}`;
        return systemCommand(codec, restaurantId, name, { type: 'ExcuseStall', from, until }, until);
      });
    },
    pending: () => pending,
  };
}

const start = (deadline: Deadline): Running => ({
  deadline,
  sendAt: deadline.deadline,
  again: againMillis.first,
});

/** While an older build may own the partition, which does not know the command: this owner remembers the stall alone. */
function hold(timer: Running, from: number, until: number): void {
  const { since } = timer.deadline;
  if (since !== null) timer.sendAt += overlap({ from, until }, since);
}

const earliest = (instants: readonly number[]): number | null =>
  instants.reduce<number | null>((first, each) => Math.min(first ?? each, each), null);

function isSame(a: Deadline, b: Deadline): boolean {
  if (a.deadline !== b.deadline) return false;
  return a.command.type === 'ExpireTimer'
    ? b.command.type === 'ExpireTimer' &&
        a.command.waitingId === b.command.waitingId &&
        a.command.kind === b.command.kind
    : b.command.type === 'CloseBusinessDay' && a.command.datesId === b.command.datesId;
}

function timerRecord(
  codec: Codec,
  restaurantId: number,
  { command, deadline }: Deadline,
  validUntil: number | null,
  now: number,
): Projected {
  const [kind, id] =
    command.type === 'ExpireTimer' ? [command.kind, command.waitingId] : ['CLOSE', command.datesId];
  const body = command.type === 'ExpireTimer' ? { ...command, validUntil } : command;
  return systemCommand(codec, restaurantId, `timer/${restaurantId}/${kind}/${id}/${deadline}`, body, now);
}

type SystemBody = Extract<CommandBody, { type: 'ExpireTimer' | 'CloseBusinessDay' | 'ExcuseStall' }>;

/** A command of the system; its id is the same for every time that it is sent under this name. */
export function systemCommand(
  codec: Codec,
  restaurantId: number,
  name: string,
  body: SystemBody,
  now: number,
): Projected {
  const commandId = derivedId(name);
  const command = {
    ...body,
    commandId,
    restaurantId,
    actor: { role: 'SYSTEM', id: null },
    issuedAt: now,
  } as const;
  return {
    key: String(restaurantId),
    value: codec.encode(command.type, command),
    headers: {
      ce_specversion: '1.0',
      ce_id: commandId,
      ce_type: `waiting.commands.${command.type}`,
      ce_source: '/waiting/queue/timers',
      ce_time: new Date(now).toISOString(),
      'content-type': 'application/avro',
      correlationid: commandId,
    },
  };
}
