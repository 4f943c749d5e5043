/**
 * The reads of queues, answered without express: they are most of the traffic, and finding the way to one through express
 * takes longer than the answer. Only what is spelled plainly is taken; everything else (another method, an escape, a
 * trailing slash, a path that nobody has) is express's, where the same routes are mounted.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { Logger } from 'pino';
import type { Principal } from './access/principal.ts';
import type { Enter } from './limits/enter.ts';
import type { Limits } from './limits/limits.ts';
import type { HttpMetrics } from './operations.ts';
import { tellError } from './problems.ts';
import type { RequestLog } from './requestLog.ts';
import { sendRevalidatable } from './revalidation.ts';
import type { Asked, Route } from './routes.ts';

interface DirectRead {
  readonly path: string;
  readonly about: Route['about'];
  /** Names that begin with a colon are parameters. */
  readonly segments: readonly string[];
  readonly read: (asked: Asked) => Promise<string>;
}

const plain = /^[\w/-]+$/;

interface Deps {
  readonly limits: Limits;
  readonly enter: Enter;
  readonly logger: Logger;
  readonly log: RequestLog;
  readonly metrics: HttpMetrics;
}

/** Answers a request, or says false and has not touched it. */
export function directReads(
  routes: readonly Route[],
  { limits, enter, logger, log, metrics }: Deps,
): (req: IncomingMessage, res: ServerResponse) => boolean {
  const reads = routes.flatMap(({ path, about, read }): DirectRead[] =>
    read ? [{ path, about, segments: path.split('/'), read }] : [],
  );

  async function answer(
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
    about: Route['about'],
    read: (who: Principal) => Promise<string>,
  ): Promise<void> {
    try {
      limits.address(req);
      const entered = enter(about, req, res);
      const who = entered instanceof Promise ? await entered : entered;
      sendRevalidatable(req, res, await read(who));
    } catch (error) {
      res.setHeader('Cache-Control', 'no-store');
      tellError(logger, path, res, error);
    }
  }

  return (req, res) => {
    const { method, url = '' } = req;
    if (method !== 'GET') return false;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    if (!plain.test(path)) return false;
    const segments = path.split('/');
    for (const { path: route, about, segments: pattern, read } of reads) {
      const params = match(pattern, segments);
      if (params === null) continue;
      metrics.timeRequest(req, res, () => route);
      log(req, res, url);
      const asked = { params, query: query < 0 ? {} : parse(url.slice(query + 1)) };
      void answer(req, res, path, about, (who) => read({ ...asked, who }));
      return true;
    }
    return false;
  };
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (segment !== expected) return null;
    } else if (segment === '') return null;
    else params[expected.slice(1)] = segment;
  }
  return params;
}
