import avsc from 'avsc';
import type { RecordName, Records } from './generated/records.ts';
import { encoderOf } from './encoder.ts';
import { type Kind, kinds, loadSchemas } from './load.ts';
import type { Registry } from './registry.ts';

/** Confluent's wire format: a zero, the schema id in four bytes, the Avro body. */
const headerBytes = 5;
const magicByte = 0;

/** A decoded record, its shape given by our own schema of that name whatever version wrote it. */
export type Decoded = { [N in RecordName]: { readonly name: N; readonly value: Records[N] } }[RecordName];

/** Why bytes are not one of our records. Nothing will ever make them one. */
export class UndecodableError extends Error {
  override readonly name = 'UndecodableError';
  readonly reason: 'TOO_SHORT' | 'NOT_AVRO' | 'UNKNOWN_SCHEMA' | 'UNEXPECTED_RECORD' | 'MALFORMED';
  constructor(reason: UndecodableError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * A record by a name like ours that this build does not know. A stranger's or, where the format level is above this
 * build's, a newer build's: another one will read it.
 */
export class UnknownRecordError extends UndecodableError {
  constructor(fullName: string) {
    super('UNEXPECTED_RECORD', `this build knows no ${fullName}`);
  }
}

/** The writer's schema has not been seen yet: `learn` it, then decode again. */
export class UnseenSchemaError extends Error {
  override readonly name = 'UnseenSchemaError';
  readonly schemaId: number;
  constructor(schemaId: number) {
    super(`schema ${schemaId} has not been looked up yet`);
    this.schemaId = schemaId;
  }
}

export interface Codec {
  /** Throws when the value doesn't fit the schema: a bug of ours, never a user's input. */
  encode: <N extends RecordName>(name: N, value: Records[N]) => Buffer;
  /**
   * Throws UndecodableError or UnseenSchemaError. `kind` is for bytes that anybody may have written: records of another
   * kind are not looked into, and what was read is held against its schema.
   */
  decode: (bytes: Buffer | null, kind?: Kind) => Decoded;
  /** Asks the registry for a writer's schema, once. Throws when the registry cannot be asked. */
  learn: (schemaId: number) => Promise<'known' | 'unknown'>;
}

interface Writer {
  readonly name: RecordName;
  readonly decode: (body: Buffer) => unknown;
}

/** No record of ours, by this full name. */
interface Unreadable {
  readonly unreadable: string;
}

/** Names that a newer build may have for its records. */
const likeOurs = new RegExp(`^waiting\\.(${kinds.join('|')})\\.`);

/** A codec over the ids that `registry` gave our records. */
export function createCodec(ids: ReadonlyMap<RecordName, number>, registry: Pick<Registry, 'find'>): Codec {
  const records = loadSchemas().filter(({ kind }) => kind !== 'types');
  const types = new Map(
    records.map(({ name, schema }) => [name, avsc.Type.forSchema(schema as avsc.Schema)]),
  );
  const names = new Map(records.map(({ name, fullName }) => [fullName, name as RecordName]));
  const kindOf = new Map(records.map(({ name, kind }) => [name, kind]));
  // Resolvers are kept: making one costs a hundred times what decoding does.
  const writers = new Map<number, Writer | Unreadable>();
  for (const [name, id] of ids) {
    const type = typeOf(name);
    writers.set(id, { name, decode: (body): unknown => type.fromBuffer(body) });
  }
  const encoders = new Map([...types].map(([name, type]) => [name, encoderOf(type, headerBytes)]));

  function typeOf(name: RecordName): avsc.Type {
    const type = types.get(name);
    if (!type) throw new Error(`no schema named ${name}`);
    return type;
  }

  return {
    encode: (name, value) => {
      const id = ids.get(name);
      const encoder = encoders.get(name);
      if (id === undefined || !encoder) throw new Error(`no schema id for ${name}`);
      const bytes = encoder(value);
      bytes.writeUInt8(magicByte, 0);
      bytes.writeUInt32BE(id, 1);
      return bytes;
    },

    decode: (bytes, kind) => {
      if (bytes === null || bytes.length < headerBytes) {
        throw new UndecodableError('TOO_SHORT', `${bytes?.length ?? 0} bytes hold no record`);
      }
      if (bytes[0] !== magicByte) throw new UndecodableError('NOT_AVRO', 'the first byte is not 0');
      const schemaId = bytes.readUInt32BE(1);
      const writer = writers.get(schemaId);
      if (writer === undefined) throw new UnseenSchemaError(schemaId);
      if ('unreadable' in writer) {
        if (likeOurs.test(writer.unreadable)) throw new UnknownRecordError(writer.unreadable);
        throw new UndecodableError('UNEXPECTED_RECORD', `schema ${schemaId} is of no record of ours`);
      }
      const { name } = writer;
      // Records of ours that hold lists are not for strangers to write: the library makes room for as many items as
      // the bytes claim, and reads them all, however few bytes there are.
      if (kind !== undefined && kindOf.get(name) !== kind) {
        throw new UndecodableError('UNEXPECTED_RECORD', `a ${name} is not one of the ${kind}`);
      }
      try {
        const value = writer.decode(bytes.subarray(headerBytes));
        // The library reads an int of any length, up to one that is no number.
        if (kind !== undefined && !typeOf(name).isValid(value)) throw new Error('a number is out of bounds');
        return { name, value } as Decoded;
      } catch (error) {
        throw new UndecodableError('MALFORMED', `not a ${name}: ${String(error)}`);
      }
    },

    learn: async (schemaId) => {
      const schema = await registry.find(schemaId);
      if (schema === null) return 'unknown';
      writers.set(schemaId, writerOf(schema));
      return 'known';
    },
  };

  function writerOf(schema: avsc.Type): Writer | Unreadable {
    const fullName = schema.name ?? '';
    const name = names.get(fullName);
    if (name === undefined) return { unreadable: fullName };
    const type = typeOf(name);
    const resolver = resolverOf(type, schema);
    return resolver === null
      ? { unreadable: '' }
      : { name, decode: (body): unknown => type.fromBuffer(body, resolver) };
  }
}

/** null: the writer's schema bears a name of ours and says something else; no record of it can be read. */
function resolverOf(type: avsc.Type, writer: avsc.Type): ReturnType<avsc.Type['createResolver']> | null {
  try {
    return type.createResolver(writer);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
