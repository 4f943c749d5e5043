import { Partitioners } from 'kafkajs';

/** The partition of a key, as every Kafka client's default (murmur2) has it: upstreams and the queue must agree. */
export function partitionOf(key: string | Buffer, partitions: number): number {
  const ids = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return assign({ topic: '', partitionMetadata: ids, message: { key, value: null } });
}

const assign = Partitioners.DefaultPartitioner();
