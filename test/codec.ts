import { createCodec, type Codec } from '../src/schemas/codec.ts';
import { formatsAt, newestLevel } from '../src/schemas/formats.ts';
import type { RecordName } from '../src/schemas/generated/records.ts';
import { loadSchemas } from '../src/schemas/load.ts';

/** Schema ids as a registry might have given them. */
export const schemaIds = (from = 1): ReadonlyMap<RecordName, number> =>
  new Map(
    loadSchemas()
      .filter(({ kind }) => kind !== 'types')
      .map(({ name }, index) => [name as RecordName, from + index]),
  );

/** A codec that has nothing to learn: made once, because reading all schemas takes longer than a test. */
export const offlineCodec: Codec = createCodec(schemaIds(), { find: () => Promise.resolve(null) });

/** Of a deployment on which every form of this build may be written. */
export const newestFormats = formatsAt(() => newestLevel);
