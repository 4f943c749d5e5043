package peers;

import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The commands of a lunch, as the product's bench has them: at each turn every restaurant is joined by a team, and those
 * before it are moved on. A command's id says when it was due, in microseconds, and which one it is.
 */
final class Load {
  private static final int TEAMS = 20;
  private static final Command.Type[] LIFE = Command.Type.values();
  private static final int COMMANDS_A_RESTAURANT = TEAMS * LIFE.length;
  private static final long START_MICROS = 300_000;

  private final KafkaProducer<String, byte[]> producer;
  /** Commands a second; 0: as fast as they can be sent. */
  private final int rate;
  private final long warmUp;
  private final long startNanos;
  private final long startMicros;
  private long sent;
  private long latestNanos;

  /** Prints SENT, how many, and by how many milliseconds the latest one after the warm-up was late. */
  static void run(String brokers, int commands, int rate, int warmUpSeconds) {
    var settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("acks", "all");
    settings.put("linger.ms", rate > 0 ? "0" : "20");
    settings.put("batch.size", rate > 0 ? "16384" : "131072");
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer.partitionsFor(Topics.COMMANDS);
      var load = new Load(producer, rate, (long) rate * warmUpSeconds);
      load.sendAll((commands + COMMANDS_A_RESTAURANT - 1) / COMMANDS_A_RESTAURANT);
      producer.flush();
      Main.say("SENT " + load.sent + " " + load.latestNanos / 1e6);
    }
  }

  private Load(KafkaProducer<String, byte[]> producer, int rate, long warmUp) {
    this.producer = producer;
    this.rate = rate;
    this.warmUp = warmUp;
    startNanos = System.nanoTime() + START_MICROS * 1_000;
    startMicros = System.currentTimeMillis() * 1_000 + START_MICROS;
  }

  private void sendAll(int restaurants) {
    for (int turn = 0; turn < TEAMS + LIFE.length - 1; turn += 1)
      for (int step = 0; step < LIFE.length; step += 1) {
        int team = turn - step;
        if (team < 0 || team >= TEAMS) continue;
        for (int restaurant = 1; restaurant <= restaurants; restaurant += 1)
          send(LIFE[step], restaurant, team);
      }
  }

  private void send(Command.Type type, long restaurant, int team) {
    long after = rate > 0 ? sent * 1_000_000 / rate : sent;
    if (rate > 0) await(startNanos + after * 1_000);
    long due = startMicros + after;
    var id = String.format("%016d-%019d", due, sent);
    long waiting = restaurant * 1_000 + team;
    var command = new Command(id, type, restaurant, waiting, waiting, 1 + team % 4, 5, due / 1_000);
    producer.send(new ProducerRecord<>(Topics.COMMANDS, Long.toString(restaurant), command.encode()));
    sent += 1;
  }

  private void await(long nanos) {
    long left;
    while ((left = nanos - System.nanoTime()) > 0) LockSupport.parkNanos(left);
    if (sent >= warmUp) latestNanos = Math.max(latestNanos, -left);
  }
}
