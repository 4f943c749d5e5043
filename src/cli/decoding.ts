import { type Codec, UndecodableError, UnseenSchemaError } from '../schemas/codec.ts';
import type { Kind } from '../schemas/load.ts';

/** Does something with bytes that a writer of another version may have written. Throws what decoding throws otherwise. */
export async function decoding<T>(codec: Codec, decode: () => T): Promise<T> {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof UnseenSchemaError)) throw error;
    await codec.learn(error.schemaId);
    return decode();
  }
}

/** A record's value for people: what it says or, where that cannot be read, its bytes. `kind` as for the codec. */
export async function readable(
  codec: Codec,
  bytes: Buffer | null,
  kind?: Kind,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { name, value } = await decoding(codec, () => codec.decode(bytes, kind));
    return { record: name, ...value };
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    return { undecodable: error.reason, base64: bytes?.toString('base64') ?? null };
  }
}
