/**
 * kafkajs refuses all that a broker says of topics when one partition has no leader, and so neither makes a topic nor
 * reads or writes another partition until it has one (protocol/requests/metadata). Such a partition is let through here,
 * led by nobody (−1): who wants it is told that there is no such broker, and tries again. A broker that has only just
 * started and knows no other yet is not believed.
 */
import { KafkaJSMetadataNotLoaded, metadataProtocol, type Protocol } from './internals.ts';

interface Found {
  readonly brokers: readonly unknown[];
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly object[] }[];
}

const metadata = metadataProtocol as Protocol<Found>;
const { protocol } = metadata;
metadata.protocol = (asked) => (given) => {
  const { request, response } = protocol(asked)(given);
  const parse = async (found: Found): Promise<Found> => {
    if (found.brokers.length === 0)
      throw new KafkaJSMetadataNotLoaded('a broker that has just started knows no other yet');
    return response.parse(withoutErrorsOfPartitions(found));
  };
  return { request, response: { ...response, parse } };
};

const withoutErrorsOfPartitions = (found: Found): Found => ({
  ...found,
  topicMetadata: found.topicMetadata.map((topic) => ({
    ...topic,
    partitionMetadata: topic.partitionMetadata.map((each) => ({ ...each, partitionErrorCode: 0 })),
  })),
});
