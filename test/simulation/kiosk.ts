/** Writes straight to the log: registrations of upstreams, and what nobody should send. */
import { topics } from '../../src/schemas/topics.ts';
import type { OutputRecord } from '../../src/topology/ports.ts';
import { offlineCodec as codec } from '../codec.ts';
import type { World } from './world.ts';

const kiosk = { role: 'SERVICE', id: 'kiosk' } as const;
const system = { role: 'SYSTEM', id: null } as const;

/** Starts it; it sends so many records until then (virtual ms since the epoch). Nobody tells it what became of them. */
export function startKiosk(
  world: World,
  restaurants: readonly number[],
  count: number,
  until: number,
  commandId: () => string,
): void {
  const { scheduler, kafka } = world;
  const appender = kafka.appender(world.client('kiosk').link('kafka'));
  let last: OutputRecord | null = null;

  const command = (restaurantId: number, userId: number): OutputRecord => ({
    topic: topics.commands,
    key: String(restaurantId),
    value: codec.encode('RegisterWaiting', {
      commandId: commandId(),
      restaurantId,
      actor: kiosk,
      issuedAt: scheduler.now(),
      datesId: 1,
      userId,
      userCount: 2,
    }),
  });

  function next(): OutputRecord {
    const restaurantId = scheduler.pick(restaurants);
    const good = command(restaurantId, 1_000 + Math.floor(scheduler.random() * 20));
    const dice = scheduler.random();
    if (dice < 0.5) return good;
    if (dice < 0.58 && last) return last;
    if (dice < 0.64) return { ...good, value: null };
    if (dice < 0.7) return { ...good, value: Buffer.from('{"restaurantId": 1}') };
    if (dice < 0.76) return { ...good, value: Buffer.from(good.value?.subarray(0, 20) ?? []) };
    if (dice < 0.82) return { ...good, key: String(restaurantId + 1_000_000) };
    if (dice < 0.88)
      return {
        ...good,
        value: codec.encode('TaskPosition', { next: 1, wellAt: null, beatAt: null, partitions: null }),
      };
    if (dice < 0.94) return { ...good, partition: Math.floor(scheduler.random() * kafka.partitions) };
    const waitingId = restaurantId * 10_000_000 + 1;
    const envelope = { commandId: commandId(), restaurantId, issuedAt: 0 };
    // What is not a kiosk's to ask.
    if (dice < 0.97)
      return { ...good, value: codec.encode('MarkEntered', { ...envelope, actor: kiosk, waitingId }) };
    // A timer of nobody's: too early for any deadline.
    const deadline = scheduler.now() + 60_000;
    const timer = {
      ...envelope,
      actor: system,
      waitingId,
      kind: 'ANSWER' as const,
      deadline,
      validUntil: null,
    };
    return { ...good, value: codec.encode('ExpireTimer', timer) };
  }

  for (let n = 0; n < count; n += 1) {
    scheduler.after(scheduler.between(500, until - scheduler.now()), () => {
      const record = next();
      last = record;
      // Whether it was taken is in the log.
      appender.append(record).catch(() => undefined);
    });
  }
}
