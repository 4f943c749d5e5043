package peers;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The application: exactly once, a queue a restaurant in RocksDB with a changelog, two threads. What is not set here is
 * as Kafka Streams comes.
 */
final class Worker {
  private static final String STORE = "queues";
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  /** Prints RUNNING when it has its partitions, and FIRST at its first command. Runs until it is ended. */
  static void run(String brokers, String state, boolean cached, String commitMillis) throws InterruptedException {
    var settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "peer");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "2");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    if (!commitMillis.isEmpty()) settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMillis);

    var streams = new KafkaStreams(topology(cached), settings);
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) Main.say("RUNNING");
        });
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(15))));
    streams.start();
    Thread.currentThread().join();
  }

  private static Topology topology(boolean cached) {
    Serializer<Queue> serializer = (topic, queue) -> queue == null ? null : queue.encode();
    Deserializer<Queue> deserializer = (topic, bytes) -> bytes == null ? null : Queue.decode(bytes);
    Deserializer<Command> commands = (topic, bytes) -> Command.decode(bytes);
    var store =
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(STORE),
            Serdes.String(),
            Serdes.serdeFrom(serializer, deserializer));
    if (cached) store = store.withCachingEnabled();
    var topology =
        new Topology()
            .addSource("commands", new StringDeserializer(), commands, Topics.COMMANDS)
            .addProcessor("decide", Decide::new, "commands")
            .addStateStore(store, "decide");
    for (var topic : Topics.OUTPUTS)
      topology.addSink(topic, topic, new StringSerializer(), new ByteArraySerializer(), "decide");
    return topology;
  }

  private static final class Decide implements Processor<String, Command, String, byte[]> {
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, Queue> queues;

    @Override
    public void init(ProcessorContext<String, byte[]> given) {
      context = given;
      queues = given.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, Command> command) {
      if (!BEGUN.get() && BEGUN.compareAndSet(false, true)) Main.say("FIRST " + System.currentTimeMillis());
      var known = queues.get(command.key());
      var queue = known == null ? new Queue() : known;
      if (queue.apply(command.value(), (topic, value) -> context.forward(command.withValue(value), topic)))
        queues.put(command.key(), queue);
    }
  }

  private Worker() {}
}
