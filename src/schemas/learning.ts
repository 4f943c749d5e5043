/** Decoding where a newer process may have written in a schema that this one has still to look up. */
import { type Codec, type Decoded, UnseenSchemaError } from './codec.ts';

/** Who could tell what a record is, is away. It may be asked again: a registry that doesn't know a schema yet may know it later. */
export class RegistryAwayError extends Error {
  override readonly name = 'RegistryAwayError';
}

/** Rejects with RegistryAwayError, and with all that `decode` throws. */
export async function decodeLearning(
  codec: Pick<Codec, 'decode' | 'learn'>,
  value: Buffer | null,
): Promise<Decoded> {
  try {
    return codec.decode(value);
  } catch (error) {
    if (!(error instanceof UnseenSchemaError)) throw error;
    await codec.learn(error.schemaId).catch((cause: unknown) => {
      throw new RegistryAwayError('the registry cannot be asked', { cause });
    });
    return codec.decode(value);
  }
}
