/** Routes are data: what is not in the table is a 404, what is there under other methods a 405 that names them. */
import type { Express, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Principal } from './access/principal.ts';
import { readJson } from './input.ts';
import type { Enter } from './limits/enter.ts';
import { Problem, type ProblemCode } from './problems.ts';
import { sendRevalidatable } from './revalidation.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  /** What `/openapi.json` says of it. */
  readonly about: Description;
  readonly handle: (req: Request, res: Response, who: Principal) => Promise<void> | void;
  /** Of a read: what `handle` sends, in case that somebody else does. */
  readonly read?: (asked: Asked) => Promise<string>;
}

/** What a read needs of its request, as it came, and who is asking. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly who: Principal;
}

/** A route that answers the JSON text of something that a client may keep for as long as its ETag holds. */
export const readRoute = (
  path: string,
  about: Omit<Description, 'kind'>,
  read: (asked: Asked) => Promise<string>,
): Route => ({
  method: 'get',
  path,
  about: { kind: 'read', ...about },
  read,
  handle: async (req, res, who) =>
    sendRevalidatable(req, res, await read({ params: req.params as Asked['params'], query: req.query, who })),
});

/** A route as its clients see it. The schemas of a request are those that its handler parses with. */
export interface Description {
  /**
   * What all of a kind share. `write`: a command, which may have no outcome yet; `read`: of a queue, with an ETag;
   * `look`: without; `note`: something is kept beside the queues, at once and without a command; `stream`: server-sent
   * events; `operation`: about the process.
   */
  readonly kind: 'write' | 'read' | 'look' | 'note' | 'stream' | 'operation';
  readonly operationId: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By status, beside those that the kind has. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that the kind has. */
  readonly refusals?: readonly ProblemCode[];
}

/** One of: JSON, another media type, the events of a stream by name; none of them: no body. */
export interface Answer {
  readonly description: string;
  readonly json?: z.ZodType;
  readonly mediaType?: string;
  readonly events?: Readonly<Record<string, z.ZodType>>;
}

/** Mounts the routes: who may ask is let in, then has the JSON body of a POST or PUT read. */
export function mount(app: Express, routes: readonly Route[], enter: Enter): void {
  for (const [path, onPath] of Map.groupBy(routes, (route) => route.path)) {
    const mounted = app.route(path);
    for (const { method, about, handle } of onPath) {
      const readsBody = method === 'post' || method === 'put';
      const identified: RequestHandler = async (req, res, next) => {
        res.locals['who'] = await enter(about, req, res);
        next();
      };
      mounted[method](identified, ...(readsBody ? readJson : []), (req, res) =>
        handle(req, res, res.locals['who'] as Principal),
      );
    }
    mounted.all(notAllowed(onPath));
  }
  app.use((req) => {
    throw new Problem('NOT_FOUND', `there is nothing at ${req.path}`);
  });
}

function notAllowed(routes: readonly Route[]): RequestHandler {
  const methods = routes.map(({ method }) => method.toUpperCase());
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return (req, res) => {
    res.set('Allow', allow);
    throw new Problem('METHOD_NOT_ALLOWED', `${req.method} is not allowed here, but ${allow}`);
  };
}
