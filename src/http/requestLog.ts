/**
 * One JSON line a request, with the id that the client is given too; no bodies, no headers, no user ids. Failures of ours
 * are errors, polls are told only when debugging: whatever their line would cost is not spent on the many that are not.
 * Nor is it on what was refused because there is too much of it, which is counted.
 * A URL has nothing personal and no secret in it, unless a client has put it there: so what is not ours is left out.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Level, Logger } from 'pino';

/** An id that may stand in a log, a header and a record as it is. */
const sane = /^[\w.:/+=-]{1,128}$/;

/** Probes and scrapes come every few seconds and say nothing. */
const isQuiet = (url: string): boolean => url.startsWith('/health') || url.startsWith('/metrics');

/** What reads are asked by: numbers, states, places in lists. */
const ourQueries: ReadonlySet<string> = new Set(['restaurantId', 'datesId', 'status', 'limit', 'cursor']);
/** Longer than any part of a path of ours; tokens are. */
const longPart = /[^/]{41,}/g;

/** A URL as it may be logged: other queries by their names alone, and long parts of the path not at all. */
export function loggedUrl(url: string): string {
  const [path = '', ...queries] = url.split('?');
  const shown = path.replaceAll(longPart, '…');
  if (queries.length === 0) return shown;
  const parts = queries.join('?').split('&').map(loggedQuery);
  return `${shown}?${parts.join('&')}`;
}

function loggedQuery(part: string): string {
  const [name = '', ...value] = part.split('=');
  if (ourQueries.has(name)) return part;
  return value.length > 0 ? `${name}=…` : '…';
}

const levelOf = (method: string, status: number): Level => {
  if (status === 500) return 'error';
  if (status > 500) return 'warn';
  return status === 429 || (method === 'GET' && status < 400) ? 'debug' : 'info';
};

export type RequestLog = (req: IncomingMessage, res: ServerResponse, url: string) => void;

/**
 * Gives every answer its `X-Request-Id`, the caller's if it is one that can be passed on, else a new one, and logs it when
 * it was sent or its connection broke.
 */
export const createRequestLog =
  (logger: Logger): RequestLog =>
  (req, res, url) => {
    const given = req.headers['x-request-id'] ?? req.headers['x-correlation-id'];
    const id = typeof given === 'string' && sane.test(given) ? given : randomUUID();
    res.setHeader('X-Request-Id', id);
    const { method = '' } = req;
    if (!isQuiet(url)) {
      const started = performance.now();
      res.once('close', () => {
        const level = levelOf(method, res.statusCode);
        if (!logger.isLevelEnabled(level)) return;
        logger[level](
          {
            reqId: id,
            req: { id, method, url: loggedUrl(url) },
            res: { statusCode: res.statusCode },
            responseTime: Math.round(performance.now() - started),
          },
          res.statusCode < 500 ? 'request completed' : 'request errored',
        );
      });
    }
  };
