import type avsc from 'avsc';
import { encoderOf } from './encoder.ts';

/** Bytes of a newer form than this build reads. */
class NewerFormError extends Error {
  override readonly name = 'NewerFormError';
}

/**
 * Records that no registry knows, with the version of their form in front: one odd byte, 2 × version − 1. The former
 * form, version 0, has none. A type has to begin with a text or with a number that is never negative: of those the
 * first byte is even.
 */
export function versioned(type: avsc.Type, newest: number) {
  const former = encoderOf(type);
  const encode = encoderOf(type, 1);
  return {
    encode: (value: unknown, version: number): Buffer => {
      if (version === 0) return former(value);
      const bytes = encode(value);
      bytes.writeUInt8(2 * version - 1, 0);
      return bytes;
    },
    /** Throws NewerFormError, and what reading a malformed record throws. */
    decode: (bytes: Buffer): unknown => {
      const [head = 0] = bytes;
      if (head % 2 === 0) return type.fromBuffer(bytes);
      const version = (head + 1) / 2;
      if (version > newest) throw new NewerFormError(`form ${version} is not known, ${newest} is the newest`);
      return type.fromBuffer(bytes.subarray(1));
    },
  };
}
