import { type Deadline, pendingDeadlines } from '../domain/deadlines.ts';
import type { Queue } from '../domain/queue.ts';
import type { Codec } from '../schemas/codec.ts';
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
export const deadlinePunctuator = (codec: Codec, processor: string): PunctuatorNode => ({
  kind: 'punctuator',
  about: 'Lets deadlines pass: sends ExpireTimer and CloseBusinessDay when they are due.',
  parents: [processor],
  stores: [queueStore],
  everyMillis: tickMillis,
  topic: topics.commands,
  open: () => openDeadlines(codec),
});

interface Running {
  readonly restaurantId: number;
  readonly deadline: Deadline;
  sendAt: number;
  again: number;
}

function openDeadlines(codec: Codec): PunctuatorInstance {
  const byQueue = new Map<string, readonly Running[]>();

  return {
    /**
     * A deadline that was told late runs from when it was told: an outage of ours is not the customer's no-answer.
     * One told before this owner's time runs as it stands.
     */
    observe: (key: string, queue: Queue, emittedAt: number | null) => {
      const { restaurantId } = queue;
      const before = byQueue.get(key);
      const running = pendingDeadlines(queue).map((deadline) => {
        const known = before?.find((each) => isSame(each.deadline, deadline));
        if (known) return known;
        const told =
          emittedAt === null ? deadline.deadline : emittedAt + (deadline.deadline - deadline.since);
        const sendAt = Math.max(deadline.deadline, told);
        return { restaurantId, deadline, sendAt, again: againMillis.first };
      });
      if (running.length > 0) byQueue.set(key, running);
      else byQueue.delete(key);
    },
    due: (now) => {
      const records: Projected[] = [];
      for (const running of byQueue.values()) {
        for (const timer of running) {
          if (timer.sendAt > now) continue;
          timer.sendAt = now + timer.again;
          timer.again = Math.min(2 * timer.again, againMillis.most);
          records.push(commandRecord(codec, timer, now));
        }
      }
      return records;
    },
    pending: () => [...byQueue.values()].reduce((sum, running) => sum + running.length, 0),
  };
}

function isSame(a: Deadline, b: Deadline): boolean {
  if (a.deadline !== b.deadline) return false;
  return a.command.type === 'ExpireTimer'
    ? b.command.type === 'ExpireTimer' &&
        a.command.waitingId === b.command.waitingId &&
        a.command.kind === b.command.kind
    : b.command.type === 'CloseBusinessDay' && a.command.datesId === b.command.datesId;
}

/** What its command ids are of: the same for every time it is sent. */
function nameOf(restaurantId: number, { command, deadline }: Deadline): string {
  const [kind, id] =
    command.type === 'ExpireTimer' ? [command.kind, command.waitingId] : ['CLOSE', command.datesId];
  return `timer/${restaurantId}/${kind}/${id}/${deadline}`;
}

function commandRecord(codec: Codec, timer: Running, now: number): Projected {
  const { restaurantId, deadline } = timer;
  const { command } = deadline;
  const commandId = derivedId(nameOf(restaurantId, deadline));
  const envelope = { commandId, restaurantId, actor: { role: 'SYSTEM', id: null }, issuedAt: now } as const;
  return {
    key: String(restaurantId),
    value:
      command.type === 'ExpireTimer'
        ? codec.encode(command.type, { ...envelope, ...command })
        : codec.encode(command.type, { ...envelope, ...command }),
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
