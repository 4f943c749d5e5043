import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newestFormats, offlineCodec as codec } from '../../../test/codec.ts';
import { type Choice, life } from '../../../test/domain/randomLife.ts';
import type { Story } from '../../../test/domain/specification.ts';
import { type Rules, rulesOf } from '../../domain/rulesVersion.ts';
import { rulesVersionHeader } from '../../processors/projections.ts';
import { waitingTopology } from '../../processors/topology.ts';
import type { Records } from '../../schemas/generated/records.ts';
import { topics } from '../../schemas/topics.ts';
import {
  type Batch,
  keysOf,
  project,
  read,
  run,
  type SubTopology,
  subTopologyOf,
} from '../../topology/batch.ts';
import { encodeEntry } from '../../topology/emission.ts';
import type { InputRecord } from '../../topology/ports.ts';
import { decideAgain } from './decideAgain.ts';
import { originOf, type Told } from './events.ts';
import { findings } from './findings.ts';
import type { TaskState } from './stored.ts';

const everyRules = [1, 2, 2.1, 2.2, 2.3, 3, 4] as const satisfies readonly Rules[];
const subs = new Map<Rules, SubTopology>(
  everyRules.map((rules) => [
    rules,
    subTopologyOf(waitingTopology(codec, newestFormats, rules), topics.commands),
  ]),
);
const by = (rules: Rules): SubTopology => subs.get(rules) ?? neverMade(rules);
const neverMade = (rules: Rules): never => {
  throw new Error(`no topology by ${rules}`);
};

/** The commands of a life as they stand in the log. */
const logOf = ({ trail }: Story): InputRecord[] =>
  trail.map(({ logged: { command, appendedAt } }, offset) => ({
    topic: topics.commands,
    partition: 0,
    offset,
    timestamp: appendedAt,
    key: Buffer.from('1'),
    value: codec.encode(command.type, command as Records[typeof command.type]),
    headers: [],
  }));

/** What tasks leave behind that decided each record by the rules of their build. */
async function decidedBy(log: readonly InputRecord[], rulesAt: (offset: number) => Rules) {
  const values = new Map<string, Batch['changes'] extends ReadonlyMap<string, infer C> ? C : never>();
  const told = new Map<string, Told>();
  const outbox = new Map<string, Buffer>();
  for (const record of log) {
    const sub = by(rulesAt(record.offset));
    const readable = [await read(sub, record)];
    const asked = keysOf(sub, readable);
    const batch = run(sub, record.offset, readable, (key) =>
      asked.has(key) ? values.get(key)?.value : undefined,
    );
    for (const [key, change] of batch.changes) values.set(key, change);
    outbox.set(`outbox/${record.offset}`, encodeEntry(batch, newestFormats));
    for (const { topic, key, value, headers } of project(sub, batch.facts)) {
      if (topic !== topics.events) continue;
      told.set(headers?.['ce_id'] ?? '', { key, value, rules: Number(headers?.[rulesVersionHeader]) });
    }
  }
  return {
    told,
    values: new Map([...values].map(([key, { bytes }]) => [key, bytes])),
    outbox,
  };
}
type Left = Awaited<ReturnType<typeof decidedBy>>;

const nothing: TaskState = {
  next: null,
  cluster: null,
  application: null,
  values: new Map(),
  outbox: new Map(),
};

/** Decides the log again, and answers the keys that differ. */
async function differences(log: readonly InputRecord[], { told, values }: Left, state = nothing) {
  const found = findings(20);
  const next = state.next === null ? log.length : 0;
  const { commands } = await decideAgain({
    codec,
    by,
    partition: 0,
    partitionOf: () => 0,
    buried: new Map(),
    end: log.length,
    reader: { read: (_topic, _partition, { start, end }, each) => each(log.slice(start, end)) },
    changelog: { next, values: state.next === null ? values : new Map() },
    state,
    told,
    findings: found,
    progress: () => undefined,
  });
  expect(commands).toBe(log.length);
  return found.shown().map(({ place, key }) => `${place} ${key}`);
}

const percent = fc.noBias(fc.nat(99));
const choice: fc.Arbitrary<Choice> = fc.tuple(percent, percent, fc.nat(999), fc.nat(999));
const choices = fc.array(choice, { minLength: 60, maxLength: 100, size: 'max' });
/** Builds that decide some commands each, in turns. */
const terms = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(...everyRules)), {
  minLength: 1,
});
type Terms = readonly (readonly [number, Rules])[];

const inTurns = (turns: Terms): ((offset: number) => Rules) => {
  const each = turns.flatMap(([length, rules]) => Array<Rules>(length).fill(rules));
  return (offset) => each[offset % each.length] ?? 3;
};

const inEveryLife = (holds: (log: readonly InputRecord[], turns: Terms, pick: number) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(choices, terms, fc.nat(), (lived, turns, pick) =>
      holds(logOf(life(lived)), turns, pick),
    ),
    // Each try takes a while, and a shorter log is no easier to read.
    { numRuns: 40, endOnFailure: true },
  );

describe('a log that builds with different rules decided in turns', () => {
  it('gives what was told and what is kept', () =>
    inEveryLife(async (log, turns) => {
      expect(await differences(log, await decidedBy(log, inTurns(turns)))).toEqual([]);
    }));

  it('gives it, too, where its first events are of builds that named no rules', () =>
    inEveryLife(async (log, turns, pick) => {
      const since = pick % log.length;
      const left = await decidedBy(log, (offset) => (offset < since ? 1 : inTurns(turns)(offset)));
      const told = new Map(
        [...left.told].map(([id, event]) => [
          id,
          (originOf(id) ?? 0) < since ? { ...event, rules: null } : event,
        ]),
      );
      expect(await differences(log, { ...left, told })).toEqual([]);
    }));

  it('names an event that was altered, and one that is missing', () =>
    inEveryLife(async (log, turns, pick) => {
      const left = await decidedBy(log, inTurns(turns));
      const [id, event] = [...left.told][pick % left.told.size] ?? ['', null];
      if (!event?.value) return;
      const value = Buffer.from(event.value);
      value.writeUInt8((value.at(-1) ?? 0) ^ 1, value.length - 1);
      const altered = new Map(left.told).set(id, { ...event, value });
      const found = await differences(log, { ...left, told: altered });
      // Where a version stands for several rules, only what was published tells which of them decided.
      const isSure = event.rules !== null && rulesOf(event.rules).length === 1;
      expect(isSure ? found : found.filter((each) => each === `events ${id}`)).toEqual([`events ${id}`]);
      const without = new Map([...left.told].filter(([each]) => each !== id));
      expect(await differences(log, { ...left, told: without })).toContain(`events ${id}`);
    }));

  it('gives what is kept of commands that nobody has told yet, by what the outbox has still to tell', () =>
    inEveryLife(async (log, turns) => {
      const left = await decidedBy(log, inTurns(turns));
      const values = new Map([...left.values].map(([key, bytes]) => [key, { next: log.length, bytes }]));
      const state = { ...nothing, next: log.length, values, outbox: left.outbox };
      expect(await differences(log, { ...left, told: new Map() }, state)).toEqual([]);
    }));
});
