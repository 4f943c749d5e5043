/** Holds Redis, the changelog, Postgres and what clients were told against what ought to be. */
import { encodeOutcome, encodeQueue, expect } from '../../src/schemas/state.ts';
import { encodeEvent, toRecord } from '../../src/schemas/events.ts';
import { topics } from '../../src/schemas/topics.ts';
import { impersonal } from '../../src/history/personal.ts';
import { bodyHash, queueKey } from '../../src/processors/keys.ts';
import { offlineCodec as codec } from '../codec.ts';
import type { Answered, Clients } from './clients.ts';
import { cluster } from './instance.ts';
import { type Replay, valueAt } from './oracle.ts';
import type { Change, Report } from './watch.ts';
import type { World } from './world.ts';

/** I5 of one partition: the values in Redis at S, and those of the changelog at every E. */
export function checkState(world: World, partition: number, expected: Replay, report: Report): void {
  const hash = world.redis.hash(`waiting:{${topics.commands}-${partition}}`);
  const end = expected.verdicts.length;
  const next = Number(hash.get('S') ?? -1);
  if (next !== end && (end > 0 || next > 0)) report('I5', `S of ${partition} is ${next} instead of ${end}`);
  for (const key of expected.keys.keys()) {
    if (!valueAt(expected, key, end)?.equals(hash.get(key) ?? Buffer.alloc(0)))
      report('I5', `Redis has another value of ${key}`);
  }
  for (const key of hash.keys()) {
    if (/^(queue|memory)\//.test(key) && !expected.keys.has(key))
      report('I5', `Redis has ${key}, which nobody asked for`);
  }
  checkChangelog(world.watch.changes(partition), partition, expected, report);
}

/** Each transaction ends with E, and leaves every key as it was there. */
function checkChangelog(
  changes: readonly Change[],
  partition: number,
  expected: Replay,
  report: Report,
): void {
  const folded = new Map<string, Buffer>();
  const touched = new Set<string>();
  for (const { key, value } of changes) {
    if (key === '__owner' || value === null) continue;
    if (key !== '__pos') {
      folded.set(key, value);
      touched.add(key);
      continue;
    }
    const position = expect('TaskPosition', codec.decode(value)).next;
    for (const each of touched) {
      if (!folded.get(each)?.equals(valueAt(expected, each, position) ?? Buffer.alloc(0)))
        report('I5', `the changelog of ${partition} has another ${each} at ${position}`);
    }
    touched.clear();
  }
  for (const key of expected.keys.keys()) {
    if (!folded.get(key)?.equals(valueAt(expected, key, Infinity) ?? Buffer.alloc(0)))
      report('I5', `the changelog of ${partition} ends with another ${key}`);
  }
}

/** I6: the tables say what the events say. */
export function checkHistory(world: World, replays: readonly Replay[], report: Report): void {
  const { offsets, events, waitings, noShows } = world.postgres.tables;
  const all = replays.flatMap(({ verdicts }) => verdicts.flatMap(({ decided }) => decided?.events ?? []));
  if (events.size !== all.length) report('I6', `there are ${events.size} events instead of ${all.length}`);
  const rows = new Map<number, { status: string; version: number; unanswered: number; deleted: boolean }>();
  const marks = new Map<number, boolean>();
  for (const event of all) {
    const row = events.get(`${event.restaurantId}/${event.version}`);
    if (!row || !encodeEvent(codec, row.body).equals(encodeEvent(codec, impersonal(event))))
      report('I6', `event ${event.restaurantId}/${event.version} is another one`);
    const own = (id: number): boolean => Math.floor(id / 10_000_000) === event.restaurantId;
    if ('waiting' in event) {
      const { status, unanswered } = toRecord(event.waiting);
      rows.set(event.waiting.waitingId, { status, unanswered, version: event.version, deleted: false });
    } else if (event.type === 'WaitingDeleted' || event.type === 'AllWaitingsDeleted') {
      for (const [id, each] of rows) {
        const meant =
          event.type === 'WaitingDeleted' ? id === event.waitingId : own(id) && id <= event.throughWaitingId;
        if (meant && !each.deleted) rows.set(id, { ...each, deleted: true, version: event.version });
      }
    } else if (event.type === 'NoShowRegistered') marks.set(event.noShow.noShowId, false);
  }
  for (const [id, { status, version, unanswered, deleted }] of rows) {
    const row = waitings.get(id);
    const same =
      row?.status === status &&
      row.version === version &&
      row.unanswered === unanswered &&
      (row.deleted_at !== null) === deleted;
    if (!same) report('I6', `waiting ${id} is another one: ${JSON.stringify(row)}`);
  }
  if (rows.size !== waitings.size)
    report('I6', `there are ${waitings.size} waitings instead of ${rows.size}`);
  if (marks.size !== noShows.size)
    report('I6', `there are ${noShows.size} no-shows instead of ${marks.size}`);
  for (const [place, { cluster: of }] of offsets) if (of !== cluster) report('I6', `${place} is of ${of}`);
}

/** I8: what a client was told is what its command came to, the first time that it was in the log. */
export function checkAnswers(clients: Clients, replays: readonly Replay[], report: Report): void {
  const first = new Map<string, { hash: string; outcome: Answered['outcome'] }>();
  for (const { verdicts } of replays) {
    for (const { decided } of verdicts) {
      if (!decided || first.has(decided.command.commandId)) continue;
      first.set(decided.command.commandId, {
        hash: decided.bodyHash,
        outcome: decided.outcome,
      });
    }
  }
  for (const { command, outcome } of clients.answered) {
    const name = `${command.type} ${command.commandId}`;
    const logged = first.get(command.commandId);
    if (!logged) report('I8', `${name} was answered and is not in the log`);
    else if (logged.hash !== bodyHash(command)) {
      if (outcome.rejection?.code !== 'COMMAND_REUSED')
        report('I8', `${name} was answered with the outcome of something else`);
    } else if (!encodeOutcome(codec, outcome).equals(encodeOutcome(codec, logged.outcome)))
      report('I8', `${name} was answered with another outcome`);
  }
  for (const what of clients.wrong) report('I8', what);
}

/** I10: what one ingress shows of a queue is a state of the log, and never an older one than before. */
export function checkSeen(clients: Clients, replays: readonly Replay[], report: Report): void {
  const last = new Map<string, number>();
  for (const { ingress, restaurantId, queue } of clients.seen) {
    const version = queue?.version ?? 0;
    const place = `${restaurantId} through ${ingress}`;
    if (version < (last.get(place) ?? 0)) report('I10', `${place} went back to ${version}`);
    last.set(place, version);
    if (queue === null) continue;
    const bytes = encodeQueue(codec, queue);
    const versions = replays.flatMap(({ keys }) => keys.get(queueKey(restaurantId)) ?? []);
    if (!versions.some((each) => each.bytes.equals(bytes)))
      report('I10', `${place} was shown as it never was, at ${version}`);
  }
}
