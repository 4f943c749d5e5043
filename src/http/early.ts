/** What a process answers while it starts: probes and metrics as always, and of everything else that it is too early. */
import type { RequestListener } from 'node:http';
import express from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { stranger } from './access/principal.ts';
import { operations, type Readiness } from './operations.ts';
import { answerError, Problem } from './problems.ts';
import { createRequestLog } from './requestLog.ts';
import { mount } from './routes.ts';

export function createEarlyListener(
  readiness: () => Readiness,
  metrics: Registry,
  logger: Logger,
): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const routes = operations(readiness, metrics);
  const paths = new Set(routes.map(({ path }) => path));
  const log = createRequestLog(logger);
  app.use((req, res, next) => {
    log(req, res, req.originalUrl);
    res.setHeader('Cache-Control', 'no-store');
    if (!paths.has(req.path)) throw new Problem('STATE_UNAVAILABLE', 'this process is still starting');
    next();
  });
  mount(app, routes, () => stranger);
  app.use(answerError(logger));
  return app;
}
