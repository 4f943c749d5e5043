import { describe, expect, it } from '@jest/globals';
import type { DatabaseReport } from '../../history/inspection.ts';
import { topics } from '../../schemas/topics.ts';
import type { GroupReport, TopicReport } from '../../topology/kafka/inspection.ts';
import { checkExistence, checkGroup, checkTopic, checkTransactions, checkVersions } from './kafka.ts';
import { checkPostgres, checkRedis, checkRegistry } from './servers.ts';

const topic = (changes: Partial<TopicReport> = {}): TopicReport => ({
  topic: topics.commands,
  partitions: 8,
  leaderless: [],
  underReplicated: [],
  config: new Map([
    ['message.timestamp.type', 'LogAppendTime'],
    ['retention.ms', '1000'],
  ]),
  ...changes,
});
const all = (): TopicReport[] => Object.values(topics).map((name) => topic({ topic: name }));
const wanted = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '1000' };

describe('topics', () => {
  it('are well when all are there, partitioned alike, with their settings', () => {
    expect(checkExistence(all()).state).toBe('ok');
    expect(checkTopic(topic(), wanted).state).toBe('ok');
  });

  it('are wrong when one is missing, or partitioned otherwise', () => {
    expect(checkExistence(all().slice(1))).toMatchObject({
      state: 'wrong',
      found: `missing: ${topics.commands}`,
    });
    const odd = [...all().slice(1), topic({ partitions: 9 })];
    expect(checkExistence(odd)).toMatchObject({ state: 'wrong' });
  });

  it.each<[string, Partial<TopicReport>, Record<string, string>, string]>([
    ['commands whose time is their sender’s', {}, { 'message.timestamp.type': 'CreateTime' }, 'wrong'],
    ['another retention', {}, { 'retention.ms': '5' }, 'warning'],
    ['a partition without a leader', { leaderless: [3] }, {}, 'wrong'],
    ['a replica that lags', { underReplicated: [3] }, {}, 'warning'],
  ])('with %s', (_what, report, changed, state) => {
    expect(checkTopic(topic(report), { ...wanted, ...changed })).toMatchObject({ state });
  });

  it('come with the command that mends them', () => {
    expect(checkTopic(topic(), { ...wanted, 'retention.ms': '5' }).remedy).toBe(
      `kafka-configs.sh --alter --entity-type topics --entity-name ${topics.commands} --add-config retention.ms=5`,
    );
  });
});

describe('brokers', () => {
  it('are wrong when one is too old, and named', () => {
    expect(checkVersions([])).toMatchObject({ state: 'ok' });
    const old = { broker: 'kafka-2:9092', why: 'it is older than Kafka 3.7' };
    expect(checkVersions([old])).toMatchObject({
      state: 'wrong',
      found: 'kafka-2:9092: it is older than Kafka 3.7',
    });
  });
});

describe('groups and transactions', () => {
  const group = (changes: Partial<GroupReport>): GroupReport => ({
    group: 'waiting-queue',
    topic: topics.commands,
    members: 1,
    lag: new Map([[0, 10]]),
    ...changes,
  });
  it.each<[string, Partial<GroupReport>, string]>([
    ['members that keep up', {}, 'ok'],
    ['nobody', { members: 0 }, 'wrong'],
    ['a backlog', { lag: new Map([[3, 5_000]]) }, 'warning'],
  ])('a group with %s', (_what, changes, state) => {
    expect(checkGroup(group(changes)).state).toBe(state);
  });

  it('a transaction that hangs is named', () => {
    const open = { topic: topics.events, partition: 3, offset: 17, since: 10_000 };
    expect(checkTransactions([], 70_000).state).toBe('ok');
    expect(checkTransactions([open], 70_000)).toMatchObject({
      state: 'wrong',
      found: `readers wait for ${topics.events}-3 at 17, for 60 s`,
    });
  });
});

describe('the other servers', () => {
  const redis = {
    policy: 'noeviction',
    appendOnly: true,
    snapshots: '',
    writesWell: true,
    usedBytes: 10,
    maxBytes: null,
  };
  it.each<[string, object, string[]]>([
    ['is well', {}, ['ok', 'ok', 'ok']],
    ['evicts', { policy: 'allkeys-lru' }, ['wrong', 'ok', 'ok']],
    ['keeps nothing on disk', { appendOnly: false }, ['ok', 'warning', 'ok']],
    ['could not write', { writesWell: false }, ['ok', 'wrong', 'ok']],
    ['is nearly full', { maxBytes: 11 }, ['ok', 'ok', 'warning']],
  ])('Redis %s', (_what, changes, states) => {
    expect(checkRedis({ ...redis, ...changes }).map(({ state }) => state)).toEqual(states);
  });

  it.each<[string, string[] | null, string]>([
    ['all migrations', ['0001_history'], 'ok'],
    ['none', null, 'wrong'],
    ['one that this build does not know', ['0001_history', '0002_next'], 'warning'],
  ])('Postgres with %s', (_what, migrations, state) => {
    const [, check] = checkPostgres({ version: '18', migrations, compressed: null }, ['0001_history']);
    expect(check?.state).toBe(state);
  });

  it.each<[string, object | null, object[]]>([
    ['cannot say so yet', null, []],
    ['says that none does', { restaurants: [], count: 0 }, [{ state: 'ok', found: 'nowhere' }]],
    [
      'says which do',
      { restaurants: [7, 5], count: 2 },
      [{ state: 'warning', found: 'at restaurant 7, 5: a minute is not 60,000 ms' }],
    ],
    [
      'says which did last, of many',
      { restaurants: [9, 7, 5], count: 12 },
      [{ state: 'warning', found: 'at restaurant 9, 7, 5 and 9 more: a minute is not 60,000 ms' }],
    ],
  ])('Postgres knows who runs on compressed time, and %s', (_what, compressed, checks) => {
    const report = { version: '18', migrations: [], compressed } as DatabaseReport;
    const found = checkPostgres(report, []).filter(({ name }) => name === 'compressed time');
    expect(found).toMatchObject(checks);
    expect(found.map(({ remedy }) => remedy?.includes('minuteMillis') ?? false)).toEqual(
      found.map(({ state }) => state === 'warning'),
    );
  });

  it.each<[string, object, string[]]>([
    ['all schemas', {}, ['ok', 'ok']],
    ['a schema missing', { id: null, found: false }, ['wrong', 'ok']],
    ['a lost id', { found: false }, ['wrong', 'ok']],
    ['a lax rule', { compatibility: 'NONE' }, ['ok', 'warning']],
  ])('a registry with %s', (_what, changes, states) => {
    const subject = { subject: 's', id: 1, found: true, compatibility: 'FULL_TRANSITIVE', ...changes };
    expect(checkRegistry([subject]).map(({ state }) => state)).toEqual(states);
  });
});
