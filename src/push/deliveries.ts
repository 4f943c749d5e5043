/**
 * Brings messages to push services: again where one does not take them, for as long as they are worth it, never an older
 * one after a newer one of the same waiting, and so that a slow service keeps nobody waiting but its own.
 */
import type { Notification } from '../processors/notifications.ts';
import type { Clock } from '../topology/clock.ts';
import { isLast, messageOf } from './messages.ts';
import type { Outcome, PushMetrics } from './metrics.ts';
import type { Attempt, Send } from './send.ts';
import { serviceOf } from './services.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

/** Pauses before it is tried again (ms); then the message is lost. A call is due in ten minutes. */
const pauses = [1_000, 4_000, 16_000, 64_000];
/** Requests to one service that may be under way. */
const atOnce = 50;

export interface DeliveriesDeps {
  readonly send: Send;
  readonly subscriptions: Pick<Subscriptions, 'drop' | 'dropAll'>;
  readonly services: readonly string[];
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly metrics: Pick<PushMetrics, 'outcome' | 'took'>;
  readonly log: (level: 'warn', message: string, details: object) => void;
  readonly atOnce?: number;
}

/**
 * Tells a customer's browsers, and drops what of older notifications of the waiting is not sent yet. Resolves with true
 * once there is nothing left to do; with false when the signal kept some of it from being done. Never rejects.
 */
export type Deliver = (
  told: Notification,
  to: readonly Subscription[],
  signal: AbortSignal,
) => Promise<boolean>;

interface UnderWay {
  readonly version: number;
  readonly done: Promise<boolean>;
  readonly overtaken: AbortController;
}

export function createDeliveries(deps: DeliveriesDeps): Deliver {
  const { send, subscriptions, services, clock, metrics, log } = deps;
  const entrances = new Map(services.map((service) => [service, entrance(deps.atOnce ?? atOnce)]));
  /** The newest of each waiting. */
  const underWay = new Map<number, UnderWay>();

  /** Keeping a subscription that is of no use costs a request; it is no reason not to go on. */
  const tidy = (dropping: Promise<void>): Promise<void> =>
    dropping.catch((error: unknown) => log('warn', 'a subscription could not be dropped', { err: error }));

  async function toOne(
    told: Notification,
    subscription: Subscription,
    signal: AbortSignal,
    overtaken: AbortSignal,
  ): Promise<Outcome | null> {
    const { endpoint } = subscription;
    const service = serviceOf(endpoint, services);
    const enter = service === null ? undefined : entrances.get(service);
    // Allowed when it was put, and not any more.
    if (!enter) return 'refused';
    const message = messageOf(told, subscription);
    for (let tries = 0; ; tries += 1) {
      const attempt = await enter<Attempt | Outcome | null>(() => {
        if (overtaken.aborted) return 'overtaken';
        if (signal.aborted) return null;
        const left = message.until - clock.now();
        if (left <= 0) return tries === 0 ? 'late' : 'lost';
        return send(subscription, message, Math.ceil(left / 1_000));
      });
      if (attempt === null || typeof attempt === 'string') return attempt;
      switch (attempt.kind) {
        case 'sent':
          metrics.took(clock.now() - told.at);
          return 'sent';
        case 'gone':
          await tidy(subscriptions.drop(told.waitingId, endpoint));
          return 'gone';
        case 'refused':
          log('warn', 'a push service refuses a message', { service, why: attempt.why });
          return 'refused';
        case 'again': {
          const pause = pauses[tries];
          const wait = Math.max(pause ?? 0, attempt.afterMillis);
          if (pause === undefined || clock.now() + wait >= message.until) {
            log('warn', 'a push service did not take a message in time', { service, why: attempt.why });
            return 'lost';
          }
          await clock.sleep(wait, AbortSignal.any([signal, overtaken]));
        }
      }
    }
  }

  async function toAll(
    told: Notification,
    to: readonly Subscription[],
    signal: AbortSignal,
    overtaken: AbortSignal,
    before: Promise<boolean> | undefined,
  ): Promise<boolean> {
    // What is under way may arrive after what is sent now.
    await before;
    const outcomes = await Promise.all(to.map((each) => toOne(told, each, signal, overtaken)));
    for (const outcome of outcomes) if (outcome !== null) metrics.outcome(outcome);
    const done = !outcomes.includes(null);
    if (done && isLast(told)) await tidy(subscriptions.dropAll(told.waitingId));
    return done;
  }

  return (told, to, signal) => {
    const { waitingId, version } = told;
    const before = underWay.get(waitingId);
    // Read twice, after a failure: what is under way is all there is to do.
    if (before && before.version >= version) return before.done;
    before?.overtaken.abort();
    const overtaken = new AbortController();
    const done = toAll(told, to, signal, overtaken.signal, before?.done);
    const mine = { version, done, overtaken };
    underWay.set(waitingId, mine);
    void done.then(() => {
      if (underWay.get(waitingId) === mine) underWay.delete(waitingId);
    });
    return done;
  };
}

type Enter = <T>(action: () => T | Promise<T>) => Promise<T>;

/** Lets so many actions be under way at once; the others follow in turn. */
function entrance(most: number): Enter {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (action) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
