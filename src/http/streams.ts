/**
 * Queues as they change, as server-sent events: a snapshot first, then what the stream shows whenever that is different,
 * with the queue's version as the event's id. The versions of one stream only grow. A client that comes back gets
 * a snapshot again: what it missed is in there. Described in docs/http.md.
 */
import { createSession, type Session } from 'better-sse';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { viewOf } from '../domain/outcome.ts';
import { locate, type Queue } from '../domain/queue.ts';
import { isActive } from '../domain/waiting.ts';
import type { Channel } from '../topology/ports.ts';
import * as answers from './answers.ts';
import { id, idText, parse, restaurantIdText } from './input.ts';
import { Problem } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import type { Route } from './routes.ts';
import { queueJson, waitingJson, zoneOf } from './shapes.ts';
import { queueOf } from './waitingWrites.ts';
import { between, createWatching, type WatchTiming } from './watching.ts';

export interface StreamTiming extends WatchTiming {
  /** Between two comments that keep proxies from closing a quiet stream (ms). */
  readonly heartbeat: number;
  /** After which clients come back (ms): not all of a stopped ingress at once. */
  readonly reconnect: readonly [number, number];
  /** Bytes that a client may leave unread before it is cut off. */
  readonly unread: number;
}

const defaultTiming: StreamTiming = {
  burst: 50,
  lookAgain: [10_000, 15_000],
  retry: [1_000, 3_000],
  heartbeat: 15_000,
  reconnect: [1_000, 5_000],
  unread: 1024 * 1024,
};

interface StreamDeps {
  readonly reader: QueueReader;
  readonly changes: Channel;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly timing: Partial<StreamTiming> | undefined;
}

export interface Streams {
  readonly routes: readonly Route[];
  /** Ends every stream, and those still to come as soon as they begin: their clients come back to another ingress. */
  readonly close: () => void;
  /** How many queues are watched for streams. */
  readonly watched: () => number;
}

/** What a stream shows of its queue, as JSON. `over`: nothing will follow. */
interface Shown {
  readonly event: 'change' | 'deleted';
  readonly json: string;
  readonly over: boolean;
}

interface Subject {
  readonly kind: 'waiting' | 'restaurant';
  readonly restaurantId: number;
  /** null: over for so long that the queue has let go of it. */
  readonly show: (queue: Queue) => Shown | null;
  readonly notFound: () => Problem;
}

const waitingPath = z.object({ waitingId: idText });
const restaurantPath = z.object({ restaurantId: restaurantIdText });

/** The id of an `end` event: who comes back with it has seen everything. */
const endSuffix = '-end';

export function createStreams({ reader, changes, logger, metrics, timing: given }: StreamDeps): Streams {
  const timing = { ...defaultTiming, ...given };
  const watching = createWatching(reader, changes, logger, timing);
  const opened = new Gauge({
    name: 'waiting_open_streams',
    help: 'Open event streams.',
    labelNames: ['kind'],
    registers: [metrics],
  });
  const open = new Set<Response>();
  let closed = false;

  async function serve(req: Request, res: Response, subject: Subject): Promise<void> {
    if (req.get('Last-Event-ID')?.endsWith(endSuffix)) {
      nothingToFollow(res);
      return;
    }
    let onQueue: (queue: Queue) => void = () => undefined;
    // Before the first read, so that no change falls between.
    const watch = watching.watch(subject.restaurantId, (queue) => onQueue(queue));
    res.once('close', watch.leave);
    const gone = (): boolean => res.closed;

    const queue = await reader.readQueue(subject.restaurantId);
    const shown = queue && subject.show(queue);
    if (!queue || shown?.event === 'deleted') throw subject.notFound();
    if (!shown) {
      nothingToFollow(res);
      return;
    }
    if (gone()) return;
    if (req.method === 'HEAD') {
      res.setHeader('Content-Type', 'text/event-stream');
      res.end();
      return;
    }
    const session = await createSession(req, res, {
      retry: Math.round(between(timing.reconnect)),
      // Its own keep-alive timer would outlive a client that left while the session began.
      keepAlive: null,
      trustClientEventId: false,
      // One text for all streams of a queue; JSON has no line breaks.
      serializer: String,
      headers: { 'Cache-Control': 'no-store, no-transform' },
    });
    if (gone()) return;

    const heartbeat = setInterval(() => {
      if (!res.writableEnded) res.write(':\n\n');
    }, timing.heartbeat);
    open.add(res);
    opened.inc({ kind: subject.kind });
    res.once('close', () => {
      clearInterval(heartbeat);
      open.delete(res);
      opened.dec({ kind: subject.kind });
    });
    const latest = watch.latest();
    onQueue = follow(session, res, subject, latest && latest.version > queue.version ? latest : queue);
    if (closed) res.end();
  }

  /** Sends the snapshot; the answer is to be called with every later queue. */
  function follow(session: Session, res: Response, { show }: Subject, first: Queue) {
    let version = first.version;
    let sent = '';

    function send(queue: Queue, asChange: 'snapshot' | 'change'): void {
      const shown = show(queue);
      if (shown && shown.json !== sent) {
        const event = shown.event === 'change' ? asChange : shown.event;
        session.push(shown.json, event, String(queue.version));
        sent = shown.json;
      }
      if (shown?.over === false) return;
      session.push('{}', 'end', `${queue.version}${endSuffix}`);
      res.end();
    }

    send(first, 'snapshot');
    return (queue: Queue): void => {
      if (queue.version <= version || res.writableEnded || !session.isConnected) return;
      version = queue.version;
      if (res.writableLength > timing.unread) res.destroy();
      else send(queue, 'change');
    };
  }

  return {
    routes: [
      {
        method: 'get',
        path: '/waitings/:waitingId/stream',
        about: {
          kind: 'stream',
          operationId: 'streamWaiting',
          summary: 'A waiting as it changes',
          params: waitingPath,
          answers: {
            200: {
              description: 'a snapshot, then changes until it is finished or deleted',
              events: {
                snapshot: answers.streamedWaiting,
                change: answers.streamedWaiting,
                deleted: z.strictObject({ waitingId: id }),
                end: z.strictObject({}),
              },
            },
          },
          refusals: ['WAITING_NOT_FOUND'],
        },
        handle: (req, res) => serve(req, res, waiting(parse(waitingPath, req.params).waitingId)),
      },
      {
        method: 'get',
        path: '/restaurants/:restaurantId/stream',
        about: {
          kind: 'stream',
          operationId: 'streamQueue',
          summary: "A restaurant's queue as it changes",
          params: restaurantPath,
          answers: {
            200: {
              description: 'a snapshot, then changes',
              events: {
                snapshot: answers.queue,
                change: answers.queue,
                deleted: z.strictObject({ restaurantId: id }),
                end: z.strictObject({}),
              },
            },
          },
          refusals: ['RESTAURANT_NOT_FOUND'],
        },
        handle: (req, res) => serve(req, res, restaurant(parse(restaurantPath, req.params).restaurantId)),
      },
    ],
    close: () => {
      closed = true;
      for (const res of open) res.end();
    },
    watched: watching.size,
  };
}

/** 204 tells an EventSource to stop coming back. */
const nothingToFollow = (res: Response): void => void res.status(204).end();

function waiting(waitingId: number): Subject {
  return {
    kind: 'waiting',
    restaurantId: queueOf(waitingId),
    notFound: () => new Problem('WAITING_NOT_FOUND', `there is no waiting ${waitingId}`),
    show: (queue) => {
      const located = locate(queue, waitingId);
      if (typeof located !== 'string') {
        const view = viewOf(queue, located);
        const teamsAhead = view.position === null ? null : view.position - 1;
        const json = JSON.stringify({ ...waitingJson(view, zoneOf(queue)), teamsAhead });
        return { event: 'change', json, over: !isActive(located) };
      }
      switch (located) {
        case 'NEVER_ISSUED':
        case 'DELETED':
          return { event: 'deleted', json: JSON.stringify({ waitingId }), over: true };
        case 'FORGOTTEN':
          return null;
      }
    },
  };
}

/** A tablet's view is the same for all who look. */
const queueTexts = new WeakMap<Queue, string>();

const restaurant = (restaurantId: number): Subject => ({
  kind: 'restaurant',
  restaurantId,
  notFound: () => new Problem('RESTAURANT_NOT_FOUND', `there is no restaurant ${restaurantId}`),
  show: (queue) => {
    if (!queue.settings) return { event: 'deleted', json: JSON.stringify({ restaurantId }), over: true };
    const json = queueTexts.get(queue) ?? JSON.stringify(queueJson(queue, queue.settings));
    queueTexts.set(queue, json);
    return { event: 'change', json, over: false };
  },
});
