import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import avsc from 'avsc';
import { schemaIds } from '../../test/codec.ts';
import { emptyQueue } from '../domain/queue.ts';
import { createCodec } from './codec.ts';
import { decodeQueue } from './state.ts';

const released = new URL('../../infra/schemas/versions/waiting.changelog.QueueState/1.json', import.meta.url);

test('a queue that was kept before there were pairings has none revoked', async () => {
  const first = avsc.Type.forSchema(JSON.parse(readFileSync(released, 'utf8')) as avsc.Schema);
  const codec = createCodec(schemaIds(), { find: () => Promise.resolve(first) });
  await codec.learn(999);
  const { pairing, ...kept } = { ...emptyQueue(7), version: 3, lastWaiting: 2 };
  const head = Buffer.from([0, 0, 0, 999 >> 8, 999 & 0xff]);
  expect(decodeQueue(codec, Buffer.concat([head, first.toBuffer(kept)]))).toEqual({ ...kept, pairing });
  expect(pairing).toBe(0);
});
