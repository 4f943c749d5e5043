import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';
import type { CommandType } from '../domain/command.ts';
import * as answers from './answers.ts';
import type { Route } from './routes.ts';

/** What runs this process asks: is it alive, may it be sent requests, how does it do. */

/** `checks` names every dependency with `ok`, or with what is wrong with it. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export const operations = (readiness: () => Readiness, metrics: Registry): readonly Route[] => [
  {
    method: 'get',
    path: '/health/live',
    about: {
      kind: 'operation',
      operationId: 'isAlive',
      summary: 'Whether the process answers',
      answers: { 200: { description: 'it does', json: answers.alive } },
    },
    handle: (_req, res) => void res.json({ status: 'ok' }),
  },
  {
    method: 'get',
    path: '/health/ready',
    about: {
      kind: 'operation',
      operationId: 'isReady',
      summary: 'Whether the process may be sent requests',
      answers: {
        200: { description: 'it may', json: answers.readiness },
        503: { description: 'not now', json: answers.readiness },
      },
    },
    handle: (_req, res) => {
      const { ready, checks } = readiness();
      res.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', checks });
    },
  },
  {
    method: 'get',
    path: '/metrics',
    about: {
      kind: 'operation',
      operationId: 'getMetrics',
      summary: 'Metrics as Prometheus reads them',
      answers: { 200: { description: 'the text format', mediaType: 'text/plain' } },
    },
    handle: async (_req, res) => {
      const text = await metrics.metrics();
      res.type(metrics.contentType).send(text);
    },
  },
];

/** What the ingress measures. Labels are bounded: never a user, a restaurant or a path as it was sent. */

type CommandAnswer = 'accepted' | 'rejected' | 'pending' | 'not_sent';

export interface HttpMetrics {
  /** Times every request by route template, method and status. */
  readonly timeRequests: RequestHandler;
  /** Times one of a route that is known. */
  readonly timeRequest: (req: IncomingMessage, res: ServerResponse, route: () => string) => void;
  /** Starts timing a command; the returned function ends it, with what the client is told. */
  readonly timeCommand: (type: CommandType) => (outcome: CommandAnswer) => void;
}

/** From a cached read (1 ms) to the 5 s after which a client is told to look for itself. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers the ingress's metrics. Throws when they are registered there already: one ingress a registry. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Histogram({
    name: 'waiting_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labelNames: ['route', 'method', 'status'],
    buckets,
    registers: [registry],
  });
  const commands = new Histogram({
    name: 'waiting_command_answer_seconds',
    help: 'Time from a request to its outcome: log, decision and reply.',
    labelNames: ['type', 'outcome'],
    buckets,
    registers: [registry],
  });
  const timeRequest: HttpMetrics['timeRequest'] = (req, res, route) => {
    const started = performance.now();
    res.once('finish', () => {
      // A stream is not slow, but long.
      if (res.getHeader('Content-Type') === 'text/event-stream') return;
      requests.observe(
        { route: route(), method: req.method ?? '', status: res.statusCode },
        secondsSince(started),
      );
    });
  };
  return {
    timeRequest,
    timeRequests: (req, res, next) => {
      timeRequest(req, res, () => ((req.route ?? { path: 'unmatched' }) as { readonly path: string }).path);
      next();
    },
    timeCommand: (type) => {
      const started = performance.now();
      return (outcome) => commands.observe({ type, outcome }, secondsSince(started));
    },
  };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1_000;
