/** What deciding a command again tells, held against the events that were told of it. */
import type { Codec } from '../../schemas/codec.ts';
import { topics } from '../../schemas/topics.ts';
import type { OutputRecord } from '../../topology/ports.ts';
import { project, revive, type SubTopology } from '../../topology/batch.ts';
import { decodeEntry } from '../../topology/emission.ts';
import { rulesVersionHeader } from '../../processors/projections.ts';
import { decoding, readable } from '../decoding.ts';
import type { AgainDeps } from './decideAgain.ts';
import { originOf, type Told, type ToldEvents } from './events.ts';
import { differing, plain, unreadable } from './findings.ts';
import type { ReplayDeps } from './replay.ts';

export const isEvent = ({ topic }: OutputRecord): boolean => topic === topics.events;
export const idOf = ({ headers }: OutputRecord): string => headers?.['ce_id'] ?? '';

/**
 * Whether some outputs are all that was told of the command at an offset. Of what is not told yet, which begins with
 * `emitted`, anything is.
 */
export function agreement(codec: Codec, told: ToldEvents, emitted: number): ReplayDeps['agrees'] {
  const counts = new Map<number, number>();
  for (const id of told.keys()) {
    const origin = originOf(id) ?? 0;
    counts.set(origin, (counts.get(origin) ?? 0) + 1);
  }
  return async (offset, outputs) => {
    const count = counts.get(offset) ?? 0;
    if (count === 0 && offset >= emitted) return true;
    const events = outputs.filter(isEvent);
    if (events.length !== count) return false;
    for (const event of events) {
      const found = told.get(idOf(event));
      if (!found || (await eventDiffering(codec, event, found))) return false;
    }
    return true;
  };
}

/** How an event differs from what was told; null: it does not. */
export async function eventDiffering(
  codec: Codec,
  expected: OutputRecord,
  found: Told | undefined,
): Promise<ReturnType<typeof differing>> {
  if (found?.value && expected.value?.equals(found.value) && found.key === expected.key) return null;
  return differing(
    plain({ key: expected.key, value: await readable(codec, expected.value) }),
    found && plain({ key: found.key, value: await readable(codec, found.value) }),
  );
}

/** The events that an outbox has still to tell, as they will be told. */
export async function toldOfOutbox(
  { codec, partition, findings }: Pick<AgainDeps, 'codec' | 'partition' | 'findings'>,
  sub: SubTopology,
  outbox: ReadonlyMap<string, Buffer>,
): Promise<ToldEvents> {
  const untold = new Map<string, Told>();
  for (const [key, bytes] of outbox) {
    try {
      const facts = decodeEntry(bytes).facts.filter(({ node }) => node === sub.processorName);
      const revived = facts.map((fact) => decoding(codec, () => revive(sub, fact)));
      for (const event of project(sub, await Promise.all(revived)).filter(isEvent)) {
        const rules = Number(event.headers?.[rulesVersionHeader]);
        untold.set(idOf(event), { key: event.key, value: event.value, rules });
      }
    } catch (error) {
      const found = unreadable(error, bytes);
      findings.differ({ place: 'redis', partition, key, restaurantId: null, found });
    }
  }
  return untold;
}
