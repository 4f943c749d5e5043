/** Routes are data: what is not in the table is a 404, what is there under other methods a 405 that names them. */
import type { Express, Request, RequestHandler, Response } from 'express';
import { readJson } from './input.ts';
import { Problem } from './problems.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly handle: (req: Request, res: Response) => Promise<void> | void;
}

/** Mounts the routes; a POST or PUT has its JSON body read first. */
export function mount(app: Express, routes: readonly Route[]): void {
  for (const [path, onPath] of Map.groupBy(routes, (route) => route.path)) {
    const mounted = app.route(path);
    for (const { method, handle } of onPath) {
      const readsBody = method === 'post' || method === 'put';
      mounted[method](...(readsBody ? [...readJson, handle] : [handle]));
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
