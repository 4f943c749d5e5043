/** What the engine relies on in Kafka, on a real broker; the one in memory goes through the same cases. */
import { describe } from '@jest/globals';
import { appenderCases } from './appenderCases.ts';
import { changelogCases, compactionCases } from './changelogCases.ts';
import { withCompactingKafka, withKafka } from './kafkaBroker.ts';
import { sourceCases } from './sourceCases.ts';
import { transactionCases } from './transactionCases.ts';

describe('Kafka', () => {
  transactionCases(withKafka('platformatic'));
  changelogCases(withKafka('platformatic'));
  compactionCases(withCompactingKafka);
  appenderCases(withKafka('platformatic'));
  sourceCases(withKafka('platformatic'));
});

describe('Kafka, with transactions by kafkajs', () => {
  transactionCases(withKafka('kafkajs'));
  appenderCases(withKafka('kafkajs'));
});
