/**
 * The small HTTP ingress in front of the stream: it turns requests into commands, waits for their outcomes and reads
 * the queues' state. It decides nothing and keeps nothing, so any number of them may run.
 */
import type { RequestListener } from 'node:http';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { HistoryReader } from '../history/read.ts';
import type { Codec } from '../schemas/codec.ts';
import { systemClock } from '../topology/clock.ts';
import type { Appender, Channel, ReplyChannel, StateReader } from '../topology/ports.ts';
import { createAdmit } from './access/admit.ts';
import type { Access } from './access/config.ts';
import { createIdentify } from './access/identify.ts';
import { createLinks } from './access/links.ts';
import { createWrite } from './commands.ts';
import { directReads } from './directReads.ts';
import { documentation } from './documentation.ts';
import { guestRoutes } from './guests.ts';
import { createEnter } from './limits/enter.ts';
import { createLimits, defaultLimits, type LimitSettings } from './limits/limits.ts';
import { createHttpMetrics, operations, type Readiness } from './operations.ts';
import { noShowRoutes } from './noShows.ts';
import { numbersRoute } from './numbers.ts';
import { createPageLinks, pageRoutes } from './pages/pages.ts';
import { answerError } from './problems.ts';
import { type PushSide, pushRoutes } from './push.ts';
import { createQueueReader } from './queueReader.ts';
import { commandReads, waitingReads } from './reads.ts';
import { restaurantRoutes } from './restaurants.ts';
import { mount, type Route } from './routes.ts';
import { createRequestLog } from './requestLog.ts';
import { createHttpServer, type HttpServer, type ServerSettings } from './server.ts';
import { createStreams, type Streams, type StreamTiming } from './streams.ts';
import { createSubmission, defaultTiming, listen, type Timing } from './submission.ts';
import { waitingWrites } from './waitingWrites.ts';

export interface IngressDeps extends ServerSettings {
  /** Whether to serve the queues' paths; without, a process of another role still answers health and metrics. */
  readonly open: boolean;
  /** Who is believed. */
  readonly access: Access;
  /** Whether a restaurant's minute may be shorter than a minute: for demonstrations and tests. */
  readonly compressedTime: boolean;
  /** Of `waiting.commands`: where a queue's state is follows from it. */
  readonly partitions: number;
  readonly appender: Appender;
  readonly stateReader: StateReader;
  readonly replies: ReplyChannel;
  /** What the queues no longer remember. */
  readonly history: HistoryReader;
  /** Where changes of queues are told. */
  readonly changes: Channel;
  readonly codec: Codec;
  /** null: no browser is told while its page is closed. */
  readonly push: PushSide | null;
  readonly logger: Logger;
  readonly readiness: () => Readiness;
  /** Where the ingress's metrics are registered, and what `/metrics` shows. */
  readonly metrics: Registry;
  /** The origin that people reach the pages by; null: whichever a request came to. */
  readonly publicUrl?: string | null;
  readonly timing?: Partial<Timing>;
  readonly streamTiming?: Partial<StreamTiming>;
  readonly limits?: Partial<LimitSettings>;
  /** This process's clock, in milliseconds: for measuring, and for what is too old to answer with. */
  readonly now?: () => number;
}

export interface Ingress {
  /** Accepts requests; answers the port, which is a free one for port 0. Throws when the port is taken. */
  readonly start: (port: number, host: string) => Promise<number>;
  /** Accepts no more (again: does nothing), ends streams, lets requests finish for up to `withinMillis`, then cuts them off. */
  readonly stop: (withinMillis?: number) => Promise<void>;
  /** How many requests wait for an outcome. */
  readonly waiting: () => number;
  /** How many queues are watched because streams show them. */
  readonly watched: () => number;
}

/** Longer than the longest wait for an outcome: whoever is waiting is still answered. */
const stopWithinMillis = 7_000;

/** An ingress over the given ports; it opens and closes no connection but its clients'. `server`: one that listens already. */
export function createIngress(deps: IngressDeps, server: HttpServer = createHttpServer(deps)): Ingress {
  const { listener, waiting, streams } = createApp(deps);
  server.answerBy(listener);
  return {
    waiting,
    watched: streams.watched,
    start: server.listen,
    stop: async (withinMillis = stopWithinMillis) => {
      const closed = server.close(withinMillis);
      streams.close();
      await closed;
    },
  };
}

interface App {
  readonly app: Express;
  /** Answers plainly spelled reads itself, and leaves everything else to `app`. */
  readonly listener: RequestListener;
  /** What is served, as `/openapi.json` has it. */
  readonly routes: readonly Route[];
  readonly waiting: () => number;
  readonly streams: Streams;
}

/** The ingress without its server. */
export function createApp(deps: IngressDeps): App {
  const { codec, logger, now = Date.now, partitions, stateReader, appender } = deps;
  const metrics = createHttpMetrics(deps.metrics);
  const reader = createQueueReader(stateReader, codec, partitions, now);
  const links = createLinks(deps.access.linkKeys, now);
  const pairingOf = async (restaurantId: number): Promise<number> =>
    (await reader.readQueue(restaurantId))?.pairing ?? 0;
  const admit = createAdmit(createIdentify(deps.access, { links, pairingOf, now }));
  const limits = createLimits({ ...defaultLimits, ...deps.limits }, deps.metrics);
  const enter = createEnter(admit, limits);
  const replies = listen(deps.replies, codec, logger);
  const timing = { ...defaultTiming, ...deps.timing };
  const write = createWrite(
    createSubmission({ appender, replies, reader, codec, logger, metrics, timing, clock: systemClock }),
    now,
  );

  const pageLinks = createPageLinks(deps.publicUrl ?? null);
  const streams = createStreams({
    reader,
    admit,
    changes: deps.changes,
    codec,
    logger,
    metrics: deps.metrics,
    timing: deps.streamTiming,
  });

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(metrics.timeRequests);
  const log = createRequestLog(logger);
  app.use((req, res, next) => {
    log(req, res, req.originalUrl);
    res.setHeader('Cache-Control', 'no-store');
    // Probes are always answered.
    if (!req.path.startsWith('/health/')) limits.address(req);
    next();
  });
  const ours = operations(deps.readiness, deps.metrics);
  const all = [
    ...waitingReads(reader, deps.history),
    ...waitingWrites(write, links),
    ...noShowRoutes(write, reader, deps.history),
    numbersRoute(reader, deps.history),
    ...restaurantRoutes({ write, reader, links, pageLinks, compressedTime: deps.compressedTime }),
    ...guestRoutes({ write, reader, links, pageLinks, now }),
    ...commandReads(reader, links),
    ...pushRoutes(deps.push, reader),
    ...streams.routes,
    ...ours,
  ];
  const routes = deps.open ? documentation([...all, ...pageRoutes()]) : ours;
  mount(app, routes, enter);
  app.use(answerError(logger));
  const readDirectly = directReads(routes, { limits, enter, logger, log, metrics });
  const listener: RequestListener = (req, res) => {
    if (!readDirectly(req, res)) app(req, res);
  };
  return { app, listener, routes, waiting: replies.size, streams };
}
