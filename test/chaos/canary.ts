/**
 * A restaurant of every partition that is configured again twice a second, through whichever process is up. An
 * accepted answer shows that the partition decides; what is sent does not wait for what was sent before.
 */
import { randomUUID } from 'node:crypto';
import { ask } from './client.ts';
import type { Fleet } from './fleet.ts';

export interface Canary {
  /** When every partition had answered a command that was sent at that moment (ms) or later; null: not yet. */
  readonly answeredSince: (moment: number) => number | null;
  /** By partition, the longest time without an answer between two moments (ms). */
  readonly longestSilences: (from: number, until: number) => number[];
  readonly stop: () => void;
}

const everyMillis = 500;
const withinMillis = 3_000;

export function startCanary(
  fleet: Fleet,
  /** One a partition, in their order. */
  restaurants: readonly number[],
  answered: (at: number) => void,
): Canary {
  const answers = restaurants.map((): { sentAt: number; answeredAt: number }[] => []);
  let turn = 0;

  async function sing(partition: number, restaurantId: number): Promise<void> {
    const up = fleet.workers.filter((worker) => worker.isUp());
    const url = up[(turn += 1) % up.length]?.url;
    if (url === undefined) return;
    const sentAt = Date.now();
    const body = { name: `canary ${partition}` };
    const headers = { 'Idempotency-Key': randomUUID() };
    const answer = await ask('PUT', `${url}/restaurants/${restaurantId}`, body, headers, withinMillis);
    if (answer?.status !== 200) return;
    const answeredAt = Date.now();
    answers[partition]?.push({ sentAt, answeredAt });
    answered(answeredAt);
  }

  const timer = setInterval(() => {
    restaurants.forEach((restaurantId, partition) => void sing(partition, restaurantId));
  }, everyMillis);

  /** By partition, the first answer to a command sent since; undefined: none. */
  const firstSince = (moment: number): (number | undefined)[] =>
    answers.map((each) => {
      const since = each.filter(({ sentAt }) => sentAt >= moment).map(({ answeredAt }) => answeredAt);
      return since.length === 0 ? undefined : Math.min(...since);
    });

  return {
    answeredSince: (moment) => {
      const first = firstSince(moment);
      return first.every((at) => at !== undefined) ? Math.max(...first) : null;
    },
    longestSilences: (from, until) =>
      answers.map((each) =>
        longestGap(
          from,
          each.map(({ answeredAt }) => answeredAt),
          until,
        ),
      ),
    stop: () => clearInterval(timer),
  };
}

/** The longest time without any of these moments, which need no order, between two others (ms). */
export function longestGap(from: number, moments: readonly number[], until: number): number {
  const within = moments.filter((at) => at > from && at < until).sort((a, b) => a - b);
  return [...within, until].reduce(
    ({ longest, since }, at) => ({ longest: Math.max(longest, at - since), since: at }),
    { longest: 0, since: from },
  ).longest;
}
