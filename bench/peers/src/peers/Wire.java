package peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Confluent's wire format: a zero, the schema id in four bytes, the Avro body. Without a registry: both sides are here. */
final class Wire {
  static final int COMMAND = 1;
  static final int EVENT = 2;
  static final int NOTIFICATION = 3;
  static final int TIMER = 4;
  static final int REPLY = 5;
  static final int QUEUE = 6;

  private static final int HEADER_BYTES = 5;

  private static final ThreadLocal<BinaryEncoder> ENCODER = new ThreadLocal<>();
  private static final ThreadLocal<BinaryDecoder> DECODER = new ThreadLocal<>();

  interface Writer {
    void write(BinaryEncoder encoder) throws IOException;
  }

  interface Reader<T> {
    T read(BinaryDecoder decoder) throws IOException;
  }

  static byte[] encode(int schemaId, Writer writer) {
    try {
      var bytes = new ByteArrayOutputStream(96);
      bytes.write(0);
      for (int shift = 24; shift >= 0; shift -= 8) bytes.write(schemaId >>> shift);
      var encoder = EncoderFactory.get().directBinaryEncoder(bytes, ENCODER.get());
      ENCODER.set(encoder);
      writer.write(encoder);
      encoder.flush();
      return bytes.toByteArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  static <T> T decode(byte[] bytes, Reader<T> reader) {
    try {
      int length = bytes.length - HEADER_BYTES;
      var decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, length, DECODER.get());
      DECODER.set(decoder);
      return reader.read(decoder);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private Wire() {}
}
