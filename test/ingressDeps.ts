/** What an ingress needs, over an in-memory worker. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { HistoryAway, type HistoryReader } from '../src/history/read.ts';
import type { IngressDeps } from '../src/http/ingress.ts';
import { partitions, type InMemoryWorker } from './httpInMemoryWorker.ts';
import { memorySubscriptions, vapidKeys } from './pushPeer.ts';

/** Postgres that does not answer. */
const away = (): Promise<never> => Promise.reject(new HistoryAway('Postgres did not answer'));
const historyAway: HistoryReader = {
  reach: away,
  waiting: away,
  noShow: away,
  waitings: away,
  noShows: away,
  tally: away,
};

/** Silent, with metrics of its own. */
export const ingressDeps = (worker: InMemoryWorker): IngressDeps => ({
  open: true,
  access: { mode: 'open', linkKeys: ['a key of tests, which is long enough'] },
  compressedTime: false,
  tls: null,
  partitions,
  appender: worker.appender,
  stateReader: worker.stateReader,
  replies: worker.replies,
  history: historyAway,
  changes: worker.changes,
  codec: worker.codec,
  push: { publicKey: vapidKeys.publicKey, services: ['push.example'], subscriptions: memorySubscriptions() },
  logger: pino({ level: 'silent' }),
  readiness: () => ({ ready: true, checks: { kafka: 'ok' } }),
  metrics: new Registry(),
  now: () => worker.now,
});
