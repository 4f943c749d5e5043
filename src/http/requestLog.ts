/** One JSON line a request, with the id that the client is given too; no bodies, no headers, no user ids. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

/** An id that may stand in a log, a header and a record as it is. */
const sane = /^[\w.:/+=-]{1,128}$/;

/** The id of a request: the caller's, if it is one that can be passed on, else a new one. Told in `X-Request-Id`. */
function requestId(req: IncomingMessage, res: ServerResponse): string {
  const given = req.headers['x-request-id'] ?? req.headers['x-correlation-id'];
  const id = typeof given === 'string' && sane.test(given) ? given : randomUUID();
  res.setHeader('X-Request-Id', id);
  return id;
}

/** Probes and scrapes come every few seconds and say nothing. */
const isQuiet = (url: string | undefined): boolean =>
  url !== undefined && (url.startsWith('/health') || url.startsWith('/metrics'));

/** Sets `req.id` and `req.log`, and logs every answer: failures of ours as errors, polls only when debugging. */
export const createRequestLog = (logger: Logger): RequestHandler =>
  pinoHttp({
    logger,
    genReqId: requestId,
    quietReqLogger: true,
    autoLogging: { ignore: (req) => isQuiet(req.url) },
    customLogLevel: (req, res, error) => {
      if (error !== undefined || res.statusCode === 500) return 'error';
      if (res.statusCode > 500) return 'warn';
      return req.method === 'GET' && res.statusCode < 400 ? 'debug' : 'info';
    },
    serializers: {
      req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({ id, method, url }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  });
