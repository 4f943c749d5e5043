/** What runs this process asks: is it alive, may it be sent requests, how does it do. */
import type { Registry } from 'prom-client';
import type { Route } from './routes.ts';

/** `checks` names every dependency with `ok`, or with what is wrong with it. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export const operations = (readiness: () => Readiness, metrics: Registry): readonly Route[] => [
  { method: 'get', path: '/health/live', handle: (_req, res) => void res.json({ status: 'ok' }) },
  {
    method: 'get',
    path: '/health/ready',
    handle: (_req, res) => {
      const { ready, checks } = readiness();
      res.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', checks });
    },
  },
  {
    method: 'get',
    path: '/metrics',
    handle: async (_req, res) => {
      const text = await metrics.metrics();
      res.type(metrics.contentType).send(text);
    },
  },
];
