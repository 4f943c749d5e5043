import { describe, expect, it } from '@jest/globals';
import { newestFormats, offlineCodec as codec } from '../../test/codec.ts';
import { senderOf } from '../../test/domain/senders.ts';
import type { CommandBody } from '../domain/command.ts';
import type { Queue } from '../domain/queue.ts';
import { rulesVersion } from '../domain/rulesVersion.ts';
import { decodeOutcome, expect as expectRecord } from '../schemas/state.ts';
import { topics } from '../schemas/topics.ts';
import { project, revive, subTopologyOf } from '../topology/batch.ts';
import { type Piped, testDriver } from '../topology/testDriver.ts';
import { queueKey } from './keys.ts';
import { changesChannel, readChange } from './change.ts';
import { waitingTopology } from './topology.ts';

const noon = Date.parse('2025-10-02T12:00:00+09:00');
const minute = 60_000;
const settings = {
  name: '다예약',
  timeZone: 'Asia/Seoul',
  maxTeams: 20,
  minUserCount: 1,
  maxUserCount: 20,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: minute,
};

const me = 'waiting:replies:me';

function restaurant() {
  const driver = testDriver(waitingTopology(codec, newestFormats), noon);
  let sent = 0;
  const record = (body: CommandBody, id?: string): Piped => {
    sent += 1;
    const commandId = id ?? `00000000-0000-4000-8000-${String(sent).padStart(12, '0')}`;
    const envelope = { commandId, restaurantId: 1, actor: senderOf(body), issuedAt: noon };
    const value = codec.encode(body.type, { ...envelope, ...body });
    return { key: '1', value, headers: { replyto: me } };
  };
  const send = (body: CommandBody, id?: string) => driver.pipe(topics.commands, record(body, id));
  const eventTypes = (): (string | undefined)[] =>
    driver.outputs(topics.events).map(({ headers }) => headers?.['ce_type']?.replace('waiting.events.', ''));
  const open = async (): Promise<void> => {
    await send({ type: 'ConfigureRestaurant', settings });
    const hours = { opensAt: noon, closesAt: noon + 8 * 60 * minute };
    await send({ type: 'OpenBusinessDay', datesId: 1, date: '2025-10-02', ...hours });
    driver.outputs(topics.events);
    driver.outputs(topics.timers);
  };
  const register = (userId = 1) => send({ type: 'RegisterWaiting', datesId: 1, userId, userCount: 2 });
  const status = () => (driver.value(queueKey(1)) as Queue | undefined)?.waitings[0]?.status;
  return { driver, record, send, eventTypes, open, register, status };
}

describe('the waiting topology', () => {
  it('answers a command on the channel its sender named, and tells the change to whoever shows queues', async () => {
    const { open, register } = restaurant();
    await open();
    const { replies } = await register();
    expect(replies.map(({ channel }) => channel)).toEqual([me, changesChannel]);
    const [reply, change] = replies;
    const told = change && readChange(change.message);
    expect(told).toMatchObject({ restaurantId: 1, version: 3 });
    expect(told?.notifications(codec)).toMatchObject([
      { template: 'REGISTERED', recipient: 'CUSTOMER', recipientId: '1', version: 3, position: 1 },
      { template: 'REGISTERED', recipient: 'OWNER', recipientId: '1', version: 3, position: null },
    ]);
    expect(reply && decodeOutcome(codec, reply.message)).toMatchObject({
      rejection: null,
      subject: { waiting: { waitingId: 10_000_001, ticketNo: 1 }, position: 1 },
    });
  });

  it('tells every transition as an event with an id that names the command in the log', async () => {
    const { driver, open, register } = restaurant();
    await open();
    await register();
    expect(driver.outputs(topics.events)).toMatchObject([
      {
        key: '1',
        partition: 0,
        headers: {
          ce_id: 'waiting.commands-0-2-0',
          ce_type: 'waiting.events.WaitingRegistered',
          ce_time: '2025-10-02T03:00:00.000Z',
          causationid: '00000000-0000-4000-8000-000000000003',
          rulesversion: String(rulesVersion),
        },
      },
    ]);
  });

  it('tells from the outbox what it would have told at once', async () => {
    const { open, register } = restaurant();
    const sub = subTopologyOf(waitingTopology(codec, newestFormats), topics.commands);
    await open();
    const { facts } = await register();
    const kept = facts.map(({ node, origin, bytes }) => revive(sub, { node, origin, bytes }));
    expect(project(sub, kept)).toEqual(project(sub, facts));
    expect(kept).toMatchObject([{ value: { rulesVersion } }]);
  });

  it('tells a refusal to those who only read Kafka, and changes no team', async () => {
    const { driver, open, register } = restaurant();
    await open();
    await register();
    driver.outputs(topics.events);
    const { replies } = await register();
    expect(replies.map(({ channel }) => channel)).toEqual([me]);
    const [refusal] = driver.outputs(topics.events);
    expect(refusal && expectRecord('CommandRejected', codec.decode(refusal.value))).toMatchObject({
      command: 'RegisterWaiting',
      code: 'ALREADY_WAITING',
    });
  });

  it('answers a repeated command again and tells nothing twice', async () => {
    const { send, open, eventTypes } = restaurant();
    await open();
    const id = '00000000-0000-4000-8000-0000000000ff';
    const body = { type: 'RegisterWaiting', datesId: 1, userId: 1, userCount: 2 } as const;
    const first = await send(body, id);
    expect(eventTypes()).toEqual(['WaitingRegistered']);
    const again = await send(body, id);
    expect(again.replies[0]?.message).toEqual(first.replies[0]?.message);
    expect(again.replies.map(({ channel }) => channel)).toEqual([me]);
    expect(again.changes.size).toBe(0);
    expect(eventTypes()).toEqual([]);
  });

  it('says what is due when', async () => {
    const { driver, send, open, register } = restaurant();
    await open();
    await register();
    await send({ type: 'CallWaiting', waitingId: 10_000_001, call: null });
    const [timer] = driver.outputs(topics.timers);
    expect(timer && expectRecord('TimerScheduled', codec.decode(timer.value))).toMatchObject({
      kind: 'ANSWER',
      subjectId: 10_000_001,
      deadline: noon + 10 * minute,
    });
  });

  it('lets the life WAITING → FIRST_CALLED → NO_ANSWER → FINAL_CALLED → NO_ANSWER2 run by itself', async () => {
    const { driver, send, open, register, status, eventTypes } = restaurant();
    await open();
    await register();
    await send({ type: 'CallWaiting', waitingId: 10_000_001, call: null });
    await driver.advance(10 * minute - 1);
    expect(status()).toBe('FIRST_CALLED');
    await driver.advance(1_000);
    expect(status()).toBe('NO_ANSWER');
    await send({ type: 'CallWaiting', waitingId: 10_000_001, call: 'FINAL' });
    await driver.advance(10 * minute + 1_000);
    expect(status()).toBe('NO_ANSWER2');
    expect(eventTypes()).toEqual([
      'WaitingRegistered',
      'WaitingCalled',
      'CallLapsed',
      'WaitingCalled',
      'CallLapsed',
      'NoShowRegistered',
    ]);
  });

  it('tells the revocation of pairings as an event, and nobody of it', async () => {
    const { driver, send, open, eventTypes } = restaurant();
    await open();
    await send({ type: 'RevokePairings' });
    expect(eventTypes()).toEqual(['PairingsRevoked']);
    expect(driver.outputs(topics.notifications)).toEqual([]);
    expect(driver.value(queueKey(1))).toMatchObject({ pairing: 1 });
  });

  it('closes the day by itself two hours after its closing time', async () => {
    const { driver, open, register, eventTypes } = restaurant();
    await open();
    await register();
    await driver.advance(10 * 60 * minute + 1_000);
    expect(eventTypes()).toEqual(['WaitingRegistered', 'WaitingCancelled', 'BusinessDayClosed']);
  });

  it('speaks on no channel of Redis that is not for replies, whatever a sender names', async () => {
    const { driver, open, record } = restaurant();
    await open();
    const command = record({ type: 'RegisterWaiting', datesId: 1, userId: 1, userCount: 2 });
    const { replies } = await driver.pipe(topics.commands, {
      ...command,
      headers: { replyto: 'other:jobs' },
    });
    expect(replies.map(({ channel }) => channel)).toEqual([changesChannel]);
    expect(driver.value(queueKey(1))).toMatchObject({ waitings: [{ userId: 1 }] });
  });

  const good = restaurant().record({ type: 'DeleteAllWaitings' });
  it.each<[string, Piped, string]>([
    ['no value', { key: '1', value: null }, 'TOO_SHORT'],
    ['under five bytes', { key: '1', value: Buffer.from([0, 0, 1]) }, 'TOO_SHORT'],
    ['another format', { key: '1', value: Buffer.from('{"type":"RegisterWaiting"}') }, 'NOT_AVRO'],
    ['a body cut short', { ...good, value: good.value?.subarray(0, 20) ?? null }, 'MALFORMED'],
    [
      'a record that is no command',
      {
        key: '1',
        value: codec.encode('TaskPosition', { next: 1, wellAt: null, beatAt: null, partitions: null }),
      },
      'UNEXPECTED_RECORD',
    ],
    ['another key', { ...good, key: '2' }, 'KEY_MISMATCH'],
    ['no key', { ...good, key: null }, 'KEY_MISMATCH'],
  ])('buries a record with %s, whole, and goes on', async (_what, piped, reason) => {
    const { driver, open, register, eventTypes } = restaurant();
    await open();
    await driver.pipe(topics.commands, piped);
    const [letter] = driver.outputs(topics.dlq);
    expect(letter && expectRecord('DeadLetter', codec.decode(letter.value))).toMatchObject({
      reason,
      topic: topics.commands,
      partition: 0,
      offset: 2,
      value: piped.value,
    });
    await register();
    expect(eventTypes()).toEqual(['WaitingRegistered']);
  });
});
