import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { httpClient } from '../../test/http.ts';
import { inMemoryWorker } from '../../test/httpInMemoryWorker.ts';
import { ingressDeps } from '../../test/ingressDeps.ts';
import { createRegistry, readinessMetrics } from '../metrics.ts';
import { createEarlyListener } from './early.ts';
import { createIngress } from './ingress.ts';
import type { Readiness } from './operations.ts';
import { createHttpServer } from './server.ts';

test('a process that starts is alive and not ready, and the same server then serves', async () => {
  const metrics = createRegistry();
  const readiness = (): Readiness => ({ ready: false, checks: { process: 'starting', redis: 'away' } });
  readinessMetrics(metrics, readiness);
  const server = createHttpServer({ tls: null });
  server.answerBy(createEarlyListener(readiness, metrics, pino({ level: 'silent' })));
  const { call } = httpClient(`http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`);
  try {
    expect(await call('GET', '/health/live')).toMatchObject({ status: 200 });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { process: 'starting', redis: 'away' } },
    });
    expect((await call('GET', '/metrics')).text).toMatch(/^waiting_ready 0$/m);
    expect(await call('GET', '/restaurants/1/queue')).toMatchObject({
      status: 503,
      body: { code: 'STATE_UNAVAILABLE' },
    });

    createIngress({ ...ingressDeps(inMemoryWorker()), metrics }, server);
    expect(await call('GET', '/health/ready')).toMatchObject({ status: 200 });
    expect(await call('GET', '/restaurants/1/queue')).toMatchObject({ status: 404 });
  } finally {
    await server.close(0);
  }
});
