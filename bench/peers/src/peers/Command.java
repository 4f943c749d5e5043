package peers;

/** What is asked of a queue; the one record that stands for all kinds of them. Times are milliseconds. */
record Command(
    String id, Type type, long restaurant, long waiting, long user, int count, int moveMinutes, long at) {

  enum Type {
    JOIN,
    CALL,
    ANSWER,
    ARRIVE,
    ENTER
  }

  private static final Type[] TYPES = Type.values();

  byte[] encode() {
    return Wire.encode(
        Wire.COMMAND,
        to -> {
          to.writeString(id);
          to.writeEnum(type.ordinal());
          to.writeLong(restaurant);
          to.writeLong(waiting);
          to.writeLong(user);
          to.writeInt(count);
          to.writeInt(moveMinutes);
          to.writeLong(at);
        });
  }

  static Command decode(byte[] bytes) {
    return Wire.decode(
        bytes,
        from ->
            new Command(
                from.readString(),
                TYPES[from.readEnum()],
                from.readLong(),
                from.readLong(),
                from.readLong(),
                from.readInt(),
                from.readInt(),
                from.readLong()));
  }
}
