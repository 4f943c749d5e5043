/**
 * Somebody outside who asks each partition again and again, one question at a time, and notes when the answer could be
 * read: how long a customer's answer would have come to nothing. It knows nothing of what the engine says of itself.
 */
import { partitionOf } from '../../src/topology/kafka/client.ts';
import { topics } from '../../src/schemas/topics.ts';
import { offlineCodec as codec } from '../codec.ts';
import type { World } from './world.ts';

const pauseMillis = 500;
const lookMillis = 100;

/** A stretch in which no question was answered (virtual ms). */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

export interface Prober {
  /** Stretches from one answer to the next, of a partition, in their order. */
  readonly stretches: (partition: number) => readonly Stretch[];
  readonly stop: () => void;
}

/** Asks about restaurants of its own, which nobody has configured. */
export function startProber(world: World, commandId: () => string): Prober {
  const { kafka, scheduler } = world;
  let stopped = false;
  const partitions = Array.from({ length: kafka.partitions }, (_, partition) => ask(partition));

  function ask(partition: number): Stretch[] {
    const stretches: Stretch[] = [];
    const commands = kafka.logOf(topics.commands, partition);
    const events = kafka.logOf(topics.events, partition);
    const restaurantId = ownRestaurant(partition, kafka.partitions);
    let answered = scheduler.now();

    function next(): void {
      if (stopped) return;
      if (!world.isUp('kafka')) {
        scheduler.after(lookMillis, next);
        return;
      }
      const id = commandId();
      const actor = { role: 'CUSTOMER', id: null } as const;
      const command = { commandId: id, restaurantId, actor, issuedAt: 0, waitingId: 1 };
      const key = String(restaurantId);
      const record = { topic: topics.commands, partition, key, value: codec.encode('MarkArrived', command) };
      const from = events.end();
      commands.append(record, null);
      look(id, from);
    }

    function look(id: string, from: number): void {
      const found = events.fetch(from, Infinity).records.some(({ value, headers }) => {
        const cause = headers.find(({ key }) => key === 'causationid')?.value.toString();
        return value !== null && cause === id;
      });
      if (!found) {
        if (!stopped) scheduler.after(lookMillis, () => look(id, from));
        return;
      }
      stretches.push({ from: answered, until: scheduler.now() });
      answered = scheduler.now();
      scheduler.after(pauseMillis, next);
    }

    scheduler.after(lookMillis, next);
    return stretches;
  }

  return {
    stretches: (partition) => partitions[partition] ?? [],
    stop: () => (stopped = true),
  };
}

/** The first restaurant from 900,001 on whose queue is on the partition. */
function ownRestaurant(partition: number, partitions: number): number {
  for (let id = 900_001; ; id += 1) if (partitionOf(String(id), partitions) === partition) return id;
}
