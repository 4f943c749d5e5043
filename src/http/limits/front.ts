/** What comes before every request, whoever asks and whatever for: headers for browsers, and their preflights. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { securityHeaders } from './securityHeaders.ts';

export interface FrontSettings {
  /** Of pages elsewhere that may use the API, such as `https://example.org`; none: only its own may. */
  readonly corsOrigins: readonly string[];
  /** For how long browsers are to come by TLS only; 0: that is not said. */
  readonly hstsSeconds: number;
}

export const defaultFront: FrontSettings = { corsOrigins: [], hstsSeconds: 0 };

type Front = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

const crossOrigin = (origins: readonly string[]) =>
  cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-None-Match',
      'Last-Event-ID',
      'X-Request-Id',
      'traceparent',
    ],
    exposedHeaders: ['Location', 'ETag', 'Retry-After', 'X-Request-Id'],
    // As long as Chromium remembers one at most (s).
    maxAge: 7_200,
  });

/** Calls `next`, but for a preflight, which it answers: a browser sends no identity with it. */
export function createFront({ corsOrigins, hstsSeconds }: FrontSettings): Front {
  const headers = securityHeaders(hstsSeconds);
  const share = corsOrigins.length > 0 ? crossOrigin(corsOrigins) : null;
  return (req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    if (share === null) next();
    else share(req, res, next);
  };
}
