package peers;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Reads the replies as another process sees them, only what is committed, and how long each took from when it was due. */
final class Replies {
  private static final long PATIENCE_MILLIS = 300_000;
  private static final Duration POLL = Duration.ofMillis(200);

  private final int commands;
  private final BitSet seen;
  private final long[] due;
  private final long[] micros;
  private int replies;
  private int accepted;
  private long last;

  /** Prints READY, and at the end REPLIES and what it found; does not count those due in the first seconds. */
  static void run(String brokers, int commands, int warmUpSeconds) {
    try (var consumer = Outputs.open(brokers, List.of(Topics.REPLIES))) {
      Main.say("READY");
      var found = new Replies(commands);
      found.readAll(consumer);
      found.tell(warmUpSeconds);
    }
  }

  private Replies(int commands) {
    this.commands = commands;
    seen = new BitSet(commands);
    due = new long[commands];
    micros = new long[commands];
  }

  private void readAll(KafkaConsumer<byte[], byte[]> consumer) {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (seen.cardinality() < commands && System.currentTimeMillis() < end) {
      var records = consumer.poll(POLL);
      if (records.isEmpty()) continue;
      var instant = Instant.now();
      long now = instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
      last = now / 1_000;
      for (var record : records) read(record.value(), now);
    }
    // One that is told twice is told again soon.
    for (var record : consumer.poll(POLL)) read(record.value(), 0);
  }

  private void read(byte[] reply, long now) {
    Wire.decode(
        reply,
        from -> {
          var id = from.readString();
          if (from.readBoolean()) accepted += 1;
          int index = (int) Long.parseLong(id.substring(17));
          replies += 1;
          if (seen.get(index)) return null;
          seen.set(index);
          due[index] = Long.parseLong(id.substring(0, 16));
          micros[index] = now - due[index];
          return null;
        });
  }

  private void tell(int warmUpSeconds) {
    long from = due[0] + warmUpSeconds * 1_000_000L;
    var counted = new long[commands];
    int count = 0;
    for (int index = 0; index < commands; index += 1)
      if (seen.get(index) && due[index] >= from) counted[count++] = micros[index];
    var sorted = Arrays.copyOf(counted, count);
    Arrays.sort(sorted);
    Main.say(
        String.format(
            "REPLIES %d %d %d %d %.3f %.3f",
            replies, seen.cardinality(), accepted, last, percentile(sorted, 0.5), percentile(sorted, 0.99)));
  }

  /** Nearest rank, in milliseconds. */
  private static double percentile(long[] sorted, double share) {
    if (sorted.length == 0) return 0;
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1_000.0;
  }
}
