/** Kafka, Redis and Postgres in memory through the cases that the real ones go through in test/conformance. */
import { describe } from '@jest/globals';
import { appenderCases } from '../conformance/appenderCases.ts';
import { changelogCases, compactionCases } from '../conformance/changelogCases.ts';
import { historyCases } from '../conformance/historyCases.ts';
import { withMemoryBroker } from '../conformance/memoryBroker.ts';
import { withMemoryStored } from '../conformance/memoryStored.ts';
import { withMemoryWritten } from '../conformance/memoryWritten.ts';
import { ownershipCases } from '../conformance/ownershipCases.ts';
import { sourceCases } from '../conformance/sourceCases.ts';
import { stateCases } from '../conformance/stateCases.ts';
import { transactionCases } from '../conformance/transactionCases.ts';

describe.each([1, 2])('Kafka in memory, chances of %i', (seed) => {
  const withBroker = withMemoryBroker(seed);
  transactionCases(withBroker);
  changelogCases(withBroker);
  compactionCases(withBroker);
  appenderCases(withBroker);
  sourceCases(withBroker);
});

describe.each([1, 2])('Redis in memory, chances of %i', (seed) => {
  const withStored = withMemoryStored(seed);
  ownershipCases(withStored);
  stateCases(withStored);
});

describe('Postgres in memory', () => {
  historyCases(withMemoryWritten);
});
