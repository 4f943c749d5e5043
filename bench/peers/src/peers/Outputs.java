package peers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what is committed. */
final class Outputs {
  private static final long PATIENCE_MILLIS = 60_000;
  private static final Duration POLL = Duration.ofMillis(200);

  /** At the first records of these topics, without a group; the caller closes it. */
  static KafkaConsumer<byte[], byte[]> open(String brokers, List<String> topics) {
    var settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", "false");
    settings.put("max.poll.records", "5000");
    var deserializer = new ByteArrayDeserializer();
    var consumer = new KafkaConsumer<>(settings, deserializer, deserializer);
    var partitions = new ArrayList<TopicPartition>();
    for (var topic : topics)
      for (var each : consumer.partitionsFor(topic))
        partitions.add(new TopicPartition(topic, each.partition()));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    for (var partition : partitions) consumer.position(partition);
    return consumer;
  }

  /** Prints OUTPUTS, and how many records there are on each of the topics, in their order. */
  static void count(String brokers) {
    var line = new StringBuilder("OUTPUTS");
    for (var topic : Topics.OUTPUTS)
      try (var consumer = open(brokers, List.of(topic))) {
        line.append(' ').append(countAll(consumer));
      }
    Main.say(line.toString());
  }

  private static long countAll(KafkaConsumer<byte[], byte[]> consumer) {
    var ends = consumer.endOffsets(consumer.assignment());
    long giveUp = System.currentTimeMillis() + PATIENCE_MILLIS;
    long count = 0;
    while (System.currentTimeMillis() < giveUp) {
      count += consumer.poll(POLL).count();
      if (ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) break;
    }
    return count;
  }

  private Outputs() {}
}
