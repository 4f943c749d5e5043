package peers;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** One part of the bench a process; what they print is for the program that starts them. */
public final class Main {
  public static void main(String[] args) throws Exception {
    Locale.setDefault(Locale.ROOT);
    String brokers = args[1];
    switch (args[0]) {
      case "topics" -> createTopics(brokers);
      case "worker" -> Worker.run(brokers, args[2], args[3].equals("cached"), args.length > 4 ? args[4] : "");
      case "load" ->
          Load.run(brokers, Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
      case "replies" -> Replies.run(brokers, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
      case "outputs" -> Outputs.count(brokers);
      default -> throw new IllegalArgumentException("there is no part " + args[0]);
    }
    System.exit(0);
  }

  static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void createTopics(String brokers) throws Exception {
    try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", brokers))) {
      var topics =
          Stream.concat(Stream.of(Topics.COMMANDS), Topics.OUTPUTS.stream())
              .map(topic -> new NewTopic(topic, Topics.PARTITIONS, (short) 1))
              .toList();
      admin.createTopics(topics).all().get();
    }
  }

  private Main() {}
}
