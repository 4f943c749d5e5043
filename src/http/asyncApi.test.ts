import { describe, expect, test } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import avsc from 'avsc';
import { loadSchemas } from '../schemas/load.ts';
import { topics } from '../schemas/topics.ts';
import { asyncApi } from './asyncApi.ts';

const avro = 'application/vnd.apache.avro;version=1.9.0';

const records = loadSchemas().filter(({ kind }) => kind !== 'types');

describe('the AsyncAPI document', () => {
  test("is one by AsyncAPI's parser, its payloads by Avro's", async () => {
    const parser = new Parser();
    const seen = new Set<string>();
    parser.registerSchemaParser({
      getMimeTypes: () => [avro],
      validate: () => [],
      // Throws for what is no Avro.
      parse: ({ data }) => {
        seen.add(String(avsc.Type.forSchema(data as avsc.Schema).name));
        return data as object;
      },
    });
    const { document, diagnostics } = await parser.parse(JSON.stringify(asyncApi()));
    expect(diagnostics.filter(({ severity }) => [0, 1].includes(severity))).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect([...seen].sort()).toEqual(records.map(({ fullName }) => fullName).sort());
  });

  test('has every topic, and every record on the topic of its folder', () => {
    const { channels, components } = asyncApi();
    const onTopics = Object.entries(channels).filter(([, { address }]) => address !== null);
    expect(Object.fromEntries(onTopics.map(([id, { address }]) => [id, address]))).toEqual(topics);
    const told = Object.entries(channels).flatMap(([id, { messages }]) =>
      Object.values(messages).map(({ $ref }) => [id, $ref]),
    );
    expect(told.sort()).toEqual(
      records
        // An outcome is told over Redis.
        .map(({ kind, name, fullName }) => [
          name === 'Outcome' ? 'outcomes' : kind,
          `#/components/messages/${fullName}`,
        ])
        .sort(),
    );
    expect(Object.keys(components.messages).sort()).toEqual(records.map(({ fullName }) => fullName).sort());
  });
});
