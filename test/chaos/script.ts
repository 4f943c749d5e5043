/** Plays the planned faults, one after the other, and watches the system heal from each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './client.ts';
import type { Canary } from './canary.ts';
import type { Stack } from '../../infra/stack/stack.ts';
import { allInSync } from './brokerFaults.ts';
import { inflict } from './faults.ts';
import type { Field } from './field.ts';
import type { Fleet } from './fleet.ts';
import { type FaultKind, plan } from './plan.ts';

/** A fault as it came. Moments in ms. */
export interface Inflicted {
  readonly kind: FaultKind;
  readonly from: number;
  readonly until: number;
  readonly fired: boolean;
  readonly what: string;
  /** The next one came before this one had healed. */
  overlapped: boolean;
  /** It came before the one before it had healed. */
  readonly upon: boolean;
  /** When every partition had answered again. */
  recoveredAt: number | null;
  /** When, beyond that, every process was ready again, brokers had all records, and every partition had answered once more. */
  wellAt: number | null;
  /** By partition, the longest time without an answer from its first moment until all was well (ms). */
  silences: readonly number[];
}

/** How long healing may take (ms). */
export const healingMillis = 30_000;
/** Nothing is begun that there is no time left for. */
const leastMillis = 4_000;

interface Stage {
  readonly field: Field;
  readonly canary: Canary;
  readonly seconds: number;
  readonly kinds: readonly FaultKind[];
  readonly random: () => number;
  /** Ends the play; it rejects then. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** What is under way, for whoever looks; null: all is well. */
  readonly now: (fault: string | null) => void;
}

/** Resolves when the time is over and the last fault has healed, or should have. */
export async function play({
  field,
  canary,
  seconds,
  kinds,
  random,
  signal,
  say,
  now,
}: Stage): Promise<Inflicted[]> {
  const end = Date.now() + seconds * 1000;
  const done: Inflicted[] = [];
  let healing = Promise.resolve();
  for (const planned of plan(random, kinds)) {
    const { kind, overlaps, afterMillis, lastsMillis } = planned;
    if (!overlaps) await healing;
    if (Date.now() + leastMillis > end) break;
    if (Date.now() + afterMillis + lastsMillis > end) continue;
    await sleep(afterMillis, undefined, { signal });
    const last = done.at(-1);
    const upon = last?.wellAt === null;
    if (upon) last.overlapped = true;
    const from = Date.now();
    now(kind);
    say(`${kind} …`);
    const seen = await inflict(field, planned);
    const fault: Inflicted = {
      kind,
      from,
      until: isInstant(kind) ? from : Date.now(),
      ...seen,
      overlapped: false,
      upon,
      silences: [],
      recoveredAt: null,
      wellAt: null,
    };
    done.push(fault);
    say(`${kind}${fault.fired ? '' : ' DID NOT FIRE'}: ${fault.what}`);
    now(`healing from ${kind}`);
    healing = watch(fault, field, canary).then(() => {
      const { recoveredAt, wellAt, until } = fault;
      fault.silences = canary.longestSilences(from, wellAt ?? Date.now());
      say(`${kind}: answered again after ${after(recoveredAt, until)}, well after ${after(wellAt, until)}`);
      say(`${kind}: longest times without an answer, by partition: ${fault.silences.join(', ')} ms`);
      if (done.at(-1) === fault) now(null);
    });
  }
  await healing;
  return done;
}

const after = (at: number | null, until: number): string =>
  at === null ? 'more than can be waited for' : `${at - until} ms`;

/** Over as soon as they have begun; a process that is down afterwards is part of the healing. */
const isInstant = (kind: FaultKind): boolean =>
  ['kill9', 'flushall', 'postgresTerminate', 'cut'].includes(kind);

async function watch(fault: Inflicted, { fleet, stack }: Field, canary: Canary): Promise<void> {
  const giveUp = Date.now() + healingMillis;
  let readySince: number | null = null;
  while (fault.wellAt === null && Date.now() < giveUp) {
    fault.recoveredAt ??= canary.answeredSince(fault.until);
    readySince = (await isReady(fleet, stack)) ? (readySince ?? Date.now()) : null;
    if (readySince !== null) fault.wellAt = canary.answeredSince(readySince);
    await sleep(100);
  }
  fault.recoveredAt ??= canary.answeredSince(fault.until);
}

/** Every process is there and says that its tasks run, and no broker lacks a record. */
async function isReady({ workers }: Fleet, { brokers }: Stack): Promise<boolean> {
  if (!workers.every((worker) => worker.isUp())) return false;
  const answers = await Promise.all(
    workers.map((worker) => ask('GET', `${worker.url}/health/ready`, undefined, {}, 1_000)),
  );
  if (!answers.every((answer) => answer?.status === 200)) return false;
  return brokers.length === 0 || (await allInSync(brokers).catch(() => false));
}
