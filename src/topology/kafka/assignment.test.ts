import { expect, test } from '@jest/globals';
import { type Logger, PartitionAssigners } from 'kafkajs';
import { newestLevel } from '../../schemas/formats.ts';
import { levelSaidIn, roundRobinSayingLevel } from './assignment.ts';

const cluster = {} as Parameters<typeof roundRobinSayingLevel>[0]['cluster'];
const config = { cluster, groupId: 'queue', logger: {} as Logger };
const topics = ['waiting.commands'];

test('a member says up to which format level its build reads; one from before there were levels says none', () => {
  expect(levelSaidIn(roundRobinSayingLevel(config).protocol({ topics }).metadata)).toBe(newestLevel);
  expect(levelSaidIn(PartitionAssigners.roundRobin(config).protocol({ topics }).metadata)).toBe(0);
});

test('members of both builds have one assignor', () => {
  const { name, version } = PartitionAssigners.roundRobin(config);
  expect(roundRobinSayingLevel(config)).toMatchObject({ name, version });
});
