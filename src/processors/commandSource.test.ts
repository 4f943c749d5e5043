import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { schemaIds } from '../../test/codec.ts';
import { createCodec } from '../schemas/codec.ts';
import { formatsAt, newestLevel, NewerFormatsError } from '../schemas/formats.ts';
import { PoisonError } from '../topology/graph.ts';
import { commandSource } from './commandSource.ts';

/** Decodes a record by this name, which the registry knows and this build does not; `ask` says what Kafka's level is. */
async function decoded(namespace: string, ask: () => Promise<number>) {
  const schema = avsc.Type.forSchema({ type: 'record', name: 'Tomorrow', namespace, fields: [] });
  const codec = createCodec(schemaIds(), { find: () => Promise.resolve(schema) });
  const source = commandSource(
    codec,
    formatsAt(() => newestLevel, ask),
  );
  const value = Buffer.of(0, 0, 0, 3, 231);
  const place = { topic: 'waiting.commands', partition: 0, offset: 0, timestamp: 1 };
  await source.decode({ ...place, key: Buffer.from('1'), value, headers: [] });
}

describe('a command that this build does not know', () => {
  it('is left to a newer build where the level says that there is one', async () => {
    await expect(decoded('waiting.commands', () => Promise.resolve(newestLevel + 1))).rejects.toThrow(
      NewerFormatsError,
    );
  });

  it('is dead-lettered where no newer build may have written it', async () => {
    await expect(decoded('waiting.commands', () => Promise.resolve(newestLevel))).rejects.toMatchObject({
      name: 'PoisonError',
      reason: 'UNEXPECTED_RECORD',
    });
  });

  it('is kept until Kafka says which', async () => {
    const away = new Error('Kafka is away');
    await expect(decoded('waiting.commands', () => Promise.reject(away))).rejects.toBe(away);
  });

  it('is dead-lettered without asking where its name is nothing like ours', async () => {
    await expect(decoded('billing', () => Promise.reject(new Error('asked')))).rejects.toThrow(PoisonError);
  });
});
