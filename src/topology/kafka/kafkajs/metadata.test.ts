import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import './repairs.ts';

type Make = (given: object) => { readonly response: { readonly parse: (found: object) => Promise<object> } };
const require = createRequire(import.meta.url);
const { protocol, versions } = require('kafkajs/src/protocol/requests/metadata') as {
  readonly protocol: (asked: { readonly version: number }) => Make;
  readonly versions: readonly string[];
};

const partition = (partitionId: number, partitionErrorCode: number, leader: number) => ({
  partitionErrorCode,
  partitionId,
  leader,
  replicas: [1],
  isr: [],
});
const said = (topicErrorCode: number) => ({
  brokers: [{ nodeId: 1 }],
  topicMetadata: [
    { topicErrorCode, topic: 'topic', partitionMetadata: [partition(0, 0, 1), partition(1, 5, -1)] },
  ],
});

it.each(versions.map(Number))(
  'kafkajs reads of a partition that nobody leads, in version %i',
  async (version) => {
    const { parse } = protocol({ version })({ topics: ['topic'] }).response;
    const partitionMetadata = [partition(0, 0, 1), partition(1, 0, -1)];
    await expect(parse(said(0))).resolves.toMatchObject({ topicMetadata: [{ partitionMetadata }] });
    await expect(parse(said(3))).rejects.toThrow('does not host this topic-partition');
    await expect(parse({ ...said(0), brokers: [] })).rejects.toThrow('has just started');
  },
);
