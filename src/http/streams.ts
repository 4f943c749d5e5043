/**
 * Queues as they change, as server-sent events: a snapshot first, then what is told to the side that looks, and what the
 * stream shows whenever that is different, with the queue's version as the event's id. The versions of one stream only
 * grow. A client that comes back gets a snapshot again: what it missed is in there. Described in docs/http.md.
 */
import { createSession } from 'better-sse';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import type { Codec } from '../schemas/codec.ts';
import type { Channel } from '../topology/ports.ts';
import type { Admit } from './access/admit.ts';
import { type Principal, requireRestaurant, requireWaiting } from './access/principal.ts';
import * as answers from './answers.ts';
import { endSuffix, follow, type FollowTiming } from './following.ts';
import { id, idText, parse, restaurantPath } from './input.ts';
import { Problem } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import type { Route } from './routes.ts';
import { restaurant, type Subject, waiting } from './subjects.ts';
import { between, createWatching, type Watcher, type WatchTiming } from './watching.ts';

export interface StreamTiming extends WatchTiming, FollowTiming {
  /** Between two comments that keep proxies from closing a quiet stream (ms). */
  readonly heartbeat: number;
  /** After which clients come back (ms): not all of a stopped ingress at once. */
  readonly reconnect: readonly [number, number];
}

const defaultTiming: StreamTiming = {
  burst: 50,
  lookAgain: [10_000, 15_000],
  retry: [1_000, 3_000],
  heartbeat: 15_000,
  reconnect: [1_000, 5_000],
  unread: 1024 * 1024,
  lastWords: 250,
};

interface StreamDeps {
  readonly reader: QueueReader;
  /** Asked again with every heartbeat: a stream ends with what opened it. */
  readonly admit: Admit;
  readonly changes: Channel;
  readonly codec: Codec;
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

const waitingPath = z.object({ waitingId: idText });

export function createStreams(deps: StreamDeps): Streams {
  const { admit, reader, metrics } = deps;
  const timing = { ...defaultTiming, ...deps.timing };
  const watching = createWatching(reader, deps.changes, deps.codec, deps.logger, timing);
  const opened = new Gauge({
    name: 'waiting_open_streams',
    help: 'Open event streams.',
    labelNames: ['kind'],
    registers: [metrics],
  });
  const open = new Set<Response>();
  let closed = false;

  async function serve(req: Request, res: Response, who: Principal, subject: Subject): Promise<void> {
    if (req.get('Last-Event-ID')?.endsWith(endSuffix)) {
      nothingToFollow(res);
      return;
    }
    const early: Parameters<Watcher['onTold']>[] = [];
    let stream: Watcher = { onQueue: () => undefined, onTold: (...told) => void early.push(told) };
    // Before the first read, so that no change falls between.
    const watch = watching.watch(subject.restaurantId, {
      onQueue: (seen) => stream.onQueue(seen),
      onTold: (...told) => stream.onTold(...told),
    });
    res.once('close', watch.leave);
    const gone = (): boolean => res.closed;

    const queue = await reader.readQueue(subject.restaurantId);
    const shown = queue && subject.show(queue);
    if (!queue || shown?.event === 'deleted' || !subject.isFor(who, queue)) throw subject.notFound();
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
      if (res.writableEnded) return;
      res.write(':\n\n');
      void isAdmitted(subject, req).then((still) => {
        if (!still) res.end();
      });
    }, timing.heartbeat);
    open.add(res);
    opened.inc({ kind: subject.kind });
    res.once('close', () => {
      clearInterval(heartbeat);
      open.delete(res);
      opened.dec({ kind: subject.kind });
    });
    const latest = watch.latest();
    const first = latest && latest.version > queue.version ? latest : queue;
    stream = follow({ session, res, subject, timing }, first);
    for (const told of early) stream.onTold(...told);
    if (closed) res.end();
  }

  /** Not when nobody can say: it is asked again with the next heartbeat. */
  async function isAdmitted({ operationId }: Subject, req: Request): Promise<boolean> {
    try {
      await admit(operationId, req);
      return true;
    } catch (error) {
      return !(error instanceof Problem && error.status < 500);
    }
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
                notification: answers.notification,
                change: answers.streamedWaiting,
                deleted: z.strictObject({ waitingId: id }),
                end: z.strictObject({}),
              },
            },
          },
          refusals: ['WAITING_NOT_FOUND'],
        },
        handle: (req, res, who) => {
          const { waitingId } = parse(waitingPath, req.params);
          const subject = waiting(waitingId);
          requireWaiting(who, subject.restaurantId, waitingId);
          return serve(req, res, who, subject);
        },
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
                notification: answers.notification,
                change: answers.queue,
                deleted: z.strictObject({ restaurantId: id }),
                end: z.strictObject({}),
              },
            },
          },
          refusals: ['RESTAURANT_NOT_FOUND'],
        },
        handle: (req, res, who) => {
          const subject = restaurant(parse(restaurantPath, req.params).restaurantId);
          requireRestaurant(who, subject.restaurantId);
          return serve(req, res, who, subject);
        },
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
