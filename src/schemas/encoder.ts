import type avsc from 'avsc';

/**
 * Encodes values of a type. Into one buffer that grows with them: avsc's own `toBuffer` writes whatever is longer than
 * 1 KiB twice. `headBytes` are left free in front.
 */
export function encoderOf(type: avsc.Type, headBytes = 0): (value: unknown) => Buffer {
  return (value) => {
    let end = type.encode(value, scratch, headBytes);
    if (end < 0) {
      // avsc answers by how much the buffer is short.
      scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
      end = type.encode(value, scratch, headBytes);
    }
    return Buffer.from(scratch.subarray(0, end));
  };
}

let scratch = Buffer.allocUnsafe(64 * 1024);
