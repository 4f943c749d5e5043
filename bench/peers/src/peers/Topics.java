package peers;

import java.util.List;

final class Topics {
  static final String COMMANDS = "peer.commands";
  static final String EVENTS = "peer.events";
  static final String NOTIFICATIONS = "peer.notifications";
  static final String TIMERS = "peer.timers";
  static final String REPLIES = "peer.replies";

  static final List<String> OUTPUTS = List.of(EVENTS, NOTIFICATIONS, TIMERS, REPLIES);

  static final int PARTITIONS = 8;

  private Topics() {}
}
