/**
 * `node infra/security/grantKafka.ts` gives the users of a cluster their rights (kafkaAcls.ts), in the environment of
 * `waiting setup`, with KAFKA_USERNAME an administrator's. Done again it changes nothing; rights that are no longer in
 * the table stay, and are taken with kafka-acls.sh.
 */
import { readConfig } from '../../src/config.ts';
import { kafkaClient } from '../../src/topology/kafka/client.ts';
import { grantKafka } from './kafkaAcls.ts';

try {
  const config = readConfig(process.env);
  const kafka = kafkaClient(config.kafka, 'grant', () => undefined, 1);
  console.log(`rights in Kafka: ${await grantKafka(kafka, config.applicationId)} granted`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
