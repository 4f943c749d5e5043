/** One open stream: what it sends of the queues that are seen and of what is told, in which order, and when it ends. */
import type { Session } from 'better-sse';
import type { Response } from 'express';
import type { Queue } from '../domain/queue.ts';
import { notificationJson, zoneOf } from './shapes.ts';
import type { Subject } from './subjects.ts';
import type { Watcher } from './watching.ts';

export interface FollowTiming {
  /** Bytes that a client may leave unread before it is cut off. */
  readonly unread: number;
  /** How long a stream that is over waits for what is still to be told (ms): it was sent with the state that ended it. */
  readonly lastWords: number;
}

interface Stream {
  readonly session: Session;
  readonly res: Response;
  readonly subject: Subject;
  readonly timing: FollowTiming;
}

/** The id of an `end` event: who comes back with it has seen everything. */
export const endSuffix = '-end';

/** Sends the snapshot; the answer is to be called with every later queue, and with what is told after the first. */
export function follow({ session, res, subject, timing }: Stream, first: Queue): Watcher {
  let newest = first;
  /** The newest version whose notifications have come. */
  let told = first.version;
  let sent = '';
  let ending: NodeJS.Timeout | null = null;

  const isOpen = (): boolean => !res.writableEnded && session.isConnected;

  function push(event: string, json: string, id = String(newest.version)): void {
    if (res.writableLength > timing.unread) res.destroy();
    else session.push(json, event, id);
  }

  function end(): void {
    if (!isOpen()) return;
    push('end', '{}', `${newest.version}${endSuffix}`);
    res.end();
  }

  function show(asChange: 'snapshot' | 'change'): void {
    const shown = subject.show(newest);
    if (shown && shown.json !== sent) {
      push(shown.event === 'change' ? asChange : shown.event, shown.json);
      sent = shown.json;
    }
    if (shown?.over === false) return;
    if (told >= newest.version) end();
    else ending = setTimeout(end, timing.lastWords);
  }

  res.once('close', () => {
    if (ending) clearTimeout(ending);
  });
  show('snapshot');
  return {
    onQueue: (queue) => {
      if (queue.version <= newest.version || ending || !isOpen()) return;
      newest = queue;
      show('change');
    },
    onTold: (notifications, upTo) => {
      if (upTo <= told || !isOpen()) return;
      told = upTo;
      for (const each of notifications) {
        // The snapshot came after what was told before it.
        if (each.version > first.version && subject.isTold(each))
          push('notification', JSON.stringify(notificationJson(each, zoneOf(newest))));
      }
      if (ending && told >= newest.version) end();
    },
  };
}
