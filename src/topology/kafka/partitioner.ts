import { Partitioners, type PartitionMetadata } from 'kafkajs';

const assign = Partitioners.DefaultPartitioner();
const counts = new Map<number, PartitionMetadata[]>();

/** The partition of a key, as every Kafka client's default (murmur2) has it: upstreams and the queue must agree. */
export const partitionOf = (key: string | Buffer, partitions: number): number =>
  assign({ topic: '', partitionMetadata: metadata(partitions), message: { key, value: null } });

/** The library's function wants the partitions described; of a keyed record it only counts them. */
function metadata(partitions: number): PartitionMetadata[] {
  const known = counts.get(partitions);
  if (known) return known;
  const made = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  counts.set(partitions, made);
  return made;
}
