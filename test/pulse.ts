/** Whether each partition answers, and how long one did not: somebody asks it twice a second, whatever became of before. */
import { randomUUID } from 'node:crypto';
import type { Client } from './http.ts';

export const pulseMillis = 500;

export interface Pulse {
  /** The longest time without an answer by partition (ms), of those that ended or go on after an instant (`Date.now`). */
  readonly silences: (since: number) => number[];
  /** Answers by partition since an instant. */
  readonly answers: (since: number) => number[];
  readonly stop: () => Promise<void>;
}

/** One restaurant a partition, each open. */
export function startPulse({ call }: Pick<Client, 'call'>, restaurants: readonly number[]): Pulse {
  const began = Date.now();
  const answered = restaurants.map((): number[] => []);
  const asking = new Set<Promise<void>>();
  let turn = 0;

  async function ask(partition: number, restaurantId: number, name: string): Promise<void> {
    const headers = { 'Idempotency-Key': randomUUID() };
    const answer = await call('PUT', `/restaurants/${restaurantId}`, { name }, headers).catch(() => null);
    if (answer?.status === 200) answered[partition]?.push(Date.now());
  }

  const timer = setInterval(() => {
    turn += 1;
    restaurants.forEach((restaurantId, partition) => {
      const one = ask(partition, restaurantId, `pulse ${turn}`).finally(() => asking.delete(one));
      asking.add(one);
    });
  }, pulseMillis);

  return {
    silences: (since) =>
      answered.map((times) => {
        const all = [began, ...times, Date.now()];
        const gaps = all.slice(1).map((end, n) => (end >= since ? end - (all[n] ?? end) : 0));
        return Math.max(...gaps);
      }),
    answers: (since) => answered.map((times) => times.filter((time) => time >= since).length),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(asking);
    },
  };
}
