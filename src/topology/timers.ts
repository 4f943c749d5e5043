import { serdeOf, type SubTopology } from './batch.ts';
import type { Clock } from './clock.ts';
import type { EngineMetrics } from './metrics.ts';
import type { Appender, TaskStore } from './ports.ts';

export interface TimersDeps {
  readonly sub: SubTopology;
  readonly partition: number;
  readonly store: Pick<TaskStore, 'scan'>;
  readonly appender: Appender;
  readonly clock: Clock;
  readonly metrics: Pick<EngineMetrics, 'timersPending'>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
}

/** The punctuators of one owner's term. */
export interface Timers {
  /** Keys about to change: what a look through the state would find of them is not told yet. */
  readonly changing: (keys: Iterable<string>) => void;
  /** A value that the outside has just been told of. */
  readonly observe: (key: string, value: unknown, emittedAt: number) => void;
  /** Looks through the whole state once, then sends what is due until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function openTimers(deps: TimersDeps): Timers {
  const { sub, clock } = deps;
  const open = sub.punctuators.map((node) => ({ node, instance: node.open() }));
  /** Keys whose values came, or will come, by themselves; kept while the state is looked through. */
  let seen: Set<string> | null = new Set();

  const observe = (key: string, value: unknown, emittedAt: number | null): void => {
    const store = key.slice(0, key.indexOf('/'));
    for (const { node, instance } of open) {
      if (node.stores.includes(store)) instance.observe(key, value, emittedAt);
    }
  };

  /** What was there before this term. A key observed since has a newer value than the scan may find. */
  async function lookThrough(signal: AbortSignal): Promise<void> {
    for (const store of new Set(open.flatMap(({ node }) => node.stores))) {
      for await (const chunk of deps.store.scan(store)) {
        if (signal.aborted) return;
        for (const [key, bytes] of chunk) {
          if (!seen?.has(key)) observe(key, serdeOf(sub, key).decode(bytes), null);
        }
      }
    }
  }

  /** Not awaited one by one and not retried here: what is due comes again until its effect is seen. */
  function send(topic: string, instance: (typeof open)[number]['instance']): void {
    for (const record of instance.due(clock.now())) {
      deps.appender.append({ ...record, topic, partition: deps.partition }).catch((error: unknown) => {
        deps.log('warn', 'a timer was not sent; it will be again', { partition: deps.partition, err: error });
      });
    }
  }

  return {
    changing: (keys) => {
      if (seen) for (const key of keys) seen.add(key);
    },
    observe: (key, value, emittedAt) => {
      seen?.add(key);
      observe(key, value, emittedAt);
    },
    run: async (signal) => {
      await lookThrough(signal);
      seen = null;
      const beat = async (each: (typeof open)[number]): Promise<void> => {
        while (!signal.aborted) {
          send(each.node.topic, each.instance);
          deps.metrics.timersPending(deps.partition, each.instance.pending());
          await clock.sleep(each.node.everyMillis, signal);
        }
      };
      await Promise.all(open.map(beat));
    },
  };
}
