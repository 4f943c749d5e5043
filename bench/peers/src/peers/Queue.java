package peers;

import java.util.ArrayList;
import java.util.List;

/** A restaurant's queue: its rules, as far as a lunch needs them, and the outputs of a command. */
final class Queue {
  enum Status {
    NONE,
    WAITING,
    CALLED,
    COMING,
    ARRIVED,
    ENTERED
  }

  interface Output {
    void send(String topic, byte[] value);
  }

  private static final Status[] STATUSES = Status.values();
  private static final int LONGEST_MOVE_MINUTES = 15;
  private static final long ANSWER_MILLIS = 180_000;
  /** A customer's notification and the owner's. */
  private static final int AUDIENCES = 2;

  private static final class Team {
    long waiting;
    long user;
    int count;
    int ticket;
    Status status;
  }

  private final List<Team> teams = new ArrayList<>(20);
  private int lastTicket;
  private long version;

  /**
   * Applies a command: an accepted one changes the queue and is told as an event, a notification to each side and, for a
   * call, a timer. Every one is replied to. Answers whether it was accepted.
   */
  boolean apply(Command command, Output output) {
    int index = indexOf(command);
    Team team = index < 0 ? null : teams.get(index);
    Status before = team == null ? Status.NONE : team.status;
    Status after = next(command, before);
    boolean accepted = after != null;
    if (accepted) {
      if (team == null) {
        team = join(command);
        index = teams.size() - 1;
      }
      team.status = after;
      if (after == Status.ENTERED) teams.remove(index);
      version += 1;
      tell(command, team, before, output);
    }
    int ticket = accepted ? team.ticket : 0;
    int position = accepted && after != Status.ENTERED ? index + 1 : 0;
    output.send(
        Topics.REPLIES,
        Wire.encode(
            Wire.REPLY,
            to -> {
              to.writeString(command.id());
              to.writeBoolean(accepted);
              to.writeInt(position);
              to.writeInt(ticket);
            }));
    return accepted;
  }

  /** What a team is after a command; null: it is refused. */
  private static Status next(Command command, Status now) {
    return switch (command.type()) {
      case JOIN -> now == Status.NONE ? Status.WAITING : null;
      case CALL -> now == Status.WAITING ? Status.CALLED : null;
      case ANSWER ->
          now == Status.CALLED && command.moveMinutes() <= LONGEST_MOVE_MINUTES ? Status.COMING : null;
      case ARRIVE -> now == Status.COMING ? Status.ARRIVED : null;
      case ENTER -> now == Status.ARRIVED ? Status.ENTERED : null;
    };
  }

  /** A user has one place in a queue. */
  private int indexOf(Command command) {
    boolean joins = command.type() == Command.Type.JOIN;
    for (int index = 0; index < teams.size(); index += 1) {
      Team team = teams.get(index);
      if (team.waiting == command.waiting() || (joins && team.user == command.user())) return index;
    }
    return -1;
  }

  private Team join(Command command) {
    Team team = new Team();
    team.waiting = command.waiting();
    team.user = command.user();
    team.count = command.count();
    team.ticket = lastTicket += 1;
    teams.add(team);
    return team;
  }

  private void tell(Command command, Team team, Status before, Output output) {
    output.send(
        Topics.EVENTS,
        Wire.encode(
            Wire.EVENT,
            to -> {
              to.writeLong(command.waiting());
              to.writeLong(command.restaurant());
              to.writeEnum(before.ordinal());
              to.writeEnum(team.status.ordinal());
              to.writeLong(version);
              to.writeLong(command.at());
            }));
    for (int each = 0; each < AUDIENCES; each += 1) {
      int audience = each;
      output.send(
          Topics.NOTIFICATIONS,
          Wire.encode(
              Wire.NOTIFICATION,
              to -> {
                to.writeLong(command.waiting());
                to.writeLong(command.restaurant());
                to.writeLong(team.user);
                to.writeEnum(audience);
                to.writeEnum(team.status.ordinal());
                to.writeLong(version);
                to.writeLong(command.at());
              }));
    }
    if (command.type() != Command.Type.CALL) return;
    output.send(
        Topics.TIMERS,
        Wire.encode(
            Wire.TIMER,
            to -> {
              to.writeLong(command.waiting());
              to.writeLong(command.restaurant());
              to.writeEnum(team.status.ordinal());
              to.writeLong(version);
              to.writeLong(command.at() + ANSWER_MILLIS);
            }));
  }

  byte[] encode() {
    return Wire.encode(
        Wire.QUEUE,
        to -> {
          to.writeInt(lastTicket);
          to.writeLong(version);
          to.writeInt(teams.size());
          for (Team team : teams) {
            to.writeLong(team.waiting);
            to.writeLong(team.user);
            to.writeInt(team.count);
            to.writeInt(team.ticket);
            to.writeEnum(team.status.ordinal());
          }
        });
  }

  static Queue decode(byte[] bytes) {
    return Wire.decode(
        bytes,
        from -> {
          Queue queue = new Queue();
          queue.lastTicket = from.readInt();
          queue.version = from.readLong();
          for (int left = from.readInt(); left > 0; left -= 1) {
            Team team = new Team();
            team.waiting = from.readLong();
            team.user = from.readLong();
            team.count = from.readInt();
            team.ticket = from.readInt();
            team.status = STATUSES[from.readEnum()];
            queue.teams.add(team);
          }
          return queue;
        });
  }
}
