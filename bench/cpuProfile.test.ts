import { expect, test } from '@jest/globals';
import { timeSpent } from './cpuProfile.ts';

const node = (id: number, functionName: string, url: string, lineNumber: number, ...children: number[]) => ({
  id,
  callFrame: { functionName, url, lineNumber },
  children,
});

const decide = ['decide', 'file:///app/src/domain/decide.ts', 9] as const;
const send = ['', 'file:///app/node_modules/kafkajs/src/index.js', 0] as const;
const profile = {
  startTime: 1_000,
  nodes: [
    node(1, '(idle)', '', -1),
    node(2, '(garbage collector)', '', -1),
    node(3, ...decide, 7),
    // The same function, called from elsewhere.
    node(4, ...decide),
    node(5, ...send, 6),
    node(6, 'writev', 'node:net', 4),
    node(7, 'writev', 'node:net', 4),
    node(8, 'processTicks', 'node:internal/process', 0, 5),
  ],
  samples: [3, 1, 3, 4, 2, 5, 6, 7, 8],
  timeDeltas: [100, 100, 200, 100, 50, 50, 100, 20, 80],
};

test('self time is summed by function, with who mostly called for what is native', () => {
  const { seconds, busy, functions } = timeSpent(profile, 1_150, 2_000, '/app');
  expect({ seconds, busy }).toEqual({ seconds: 700e-6, busy: 600e-6 });
  expect(functions).toEqual([
    { name: 'decide', where: 'src/domain/decide.ts:10', caller: null, share: 0.5 },
    { name: 'writev', where: 'node:net:5', caller: '(anonymous) kafkajs/src/index.js:1', share: 0.2 },
    { name: 'processTicks', where: 'node:internal/process:1', caller: null, share: 80 / 600 },
    { name: '(garbage collector)', where: '', caller: null, share: 50 / 600 },
    { name: '(anonymous)', where: 'kafkajs/src/index.js:1', caller: null, share: 50 / 600 },
  ]);
});

test('an area pays for what it called for', () => {
  const { areas } = timeSpent(profile, 1_150, 2_000, '/app');
  expect(areas.map(({ area, share }) => [area, Math.round(600 * share)])).toEqual([
    ['src/domain', 320],
    ['kafkajs', 150],
    ['node', 80],
    ['(garbage collector)', 50],
  ]);
});
