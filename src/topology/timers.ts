import type { Formats } from '../schemas/formats.ts';
import { serdeOf, type SubTopology } from './batch.ts';
import type { Clock } from './clock.ts';
import type { Measured } from './emission.ts';
import type { Projected } from './graph.ts';
import { heartbeat, type Heartbeat } from './heartbeat.ts';
import type { EngineMetrics } from './metrics.ts';
import type { Appended, Appender } from './ports.ts';

export interface TimersDeps {
  readonly sub: SubTopology;
  readonly partition: number;
  readonly appender: Appender;
  readonly clock: Clock;
  /** From the level of stalls on no owner is of a build that sends no beats. */
  readonly formats: Pick<Formats, 'mayWrite'>;
  readonly metrics: Pick<EngineMetrics, 'timersPending' | 'stalled'>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
}

/** The punctuators of one owner's term. */
export interface Timers extends Pick<Heartbeat, 'measured' | 'published'> {
  /** Keys about to change: what a look through the state would find of them is not published yet. */
  readonly changing: (keys: Iterable<string>) => void;
  /** A value that has just been published. */
  readonly observe: (key: string, value: unknown) => void;
  /** Where deadlines are: all values of these stores have to be found once, before it runs. */
  readonly stores: readonly string[];
  /** A value as a pass over the state finds it; where the key was observed since, the pass may have an older one. */
  readonly found: (key: string, bytes: Buffer) => void;
  /** Sends what is due until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** @param kept what the former owner kept with E */
export function openTimers(deps: TimersDeps, kept: Measured): Timers {
  const { sub, clock, partition } = deps;
  const open = sub.punctuators.map((node) => ({ node, instance: node.open() }));
  /** Keys whose values came, or will come, by themselves; kept while the state is looked through. */
  let seen: Set<string> | null = new Set();

  const beats = heartbeat(
    {
      clock,
      append: (record) => append(record),
      guardedSince: () =>
        open.reduce<number | null>((first, { instance }) => {
          const since = instance.guardedSince();
          return since === null ? first : Math.min(first ?? since, since);
        }, null),
      wasMeasured: () => deps.formats.mayWrite('stalls'),
      beat: () => {
        const neverMeasured = beats.measured(0).wellAt === null;
        const needed = (instance: (typeof open)[number]['instance']): boolean =>
          neverMeasured || instance.guardedSince() !== null || instance.nextAt() <= clock.now();
        const beating = open.find(({ instance }) => instance.pending() > 0 && needed(instance));
        return beating?.instance.beat(clock.now()) ?? null;
      },
      excuses: (from, until) => open.flatMap(({ instance }) => instance.excuse(from, until)),
      stalled: (from, until) => {
        deps.metrics.stalled(partition, (until - from) / 1000);
        deps.log('warn', 'the partition stalled: deadlines that ran grow by it', { partition, from, until });
      },
      failed: (error) =>
        deps.log('warn', 'the log takes no beat: no timer is sent until it does', { partition, err: error }),
    },
    kept,
  );

  function append(record: Projected, topic = sub.source.topic): Promise<Appended> {
    return deps.appender.append({ ...record, topic, partition });
  }

  const observe = (key: string, value: unknown): void => {
    const store = key.slice(0, key.indexOf('/'));
    for (const { node, instance } of open) if (node.stores.includes(store)) instance.observe(key, value);
  };

  /** Not awaited one by one and not retried here: what is due comes again until its effect is seen. */
  function send({ node, instance }: (typeof open)[number]): void {
    const [now, validUntil] = [beats.now(), beats.validUntil()];
    if (now === null || validUntil === null || now > validUntil) return;
    for (const record of instance.due(now, validUntil)) {
      append(record, node.topic).catch((error: unknown) => {
        deps.log('warn', 'a timer was not sent; it will be again', { partition, err: error });
      });
    }
  }

  return {
    measured: beats.measured,
    published: beats.published,
    stores: [...new Set(open.flatMap(({ node }) => node.stores))],
    found: (key, bytes) => {
      if (!seen?.has(key)) observe(key, serdeOf(sub, key).decode(bytes));
    },
    changing: (keys) => {
      if (seen) for (const key of keys) seen.add(key);
    },
    observe: (key, value) => {
      seen?.add(key);
      observe(key, value);
    },
    run: async (signal) => {
      seen = null;
      const sending = async (each: (typeof open)[number]): Promise<void> => {
        while (!signal.aborted) {
          send(each);
          deps.metrics.timersPending(partition, each.instance.pending());
          await clock.sleep(each.node.everyMillis, signal);
        }
      };
      await Promise.all([beats.run(signal), ...open.map(sending)]);
    },
  };
}
