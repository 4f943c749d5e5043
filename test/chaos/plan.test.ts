/** What a seed decides, and what a proxy does to those behind it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { seededRandom } from '../random.ts';
import { longestGap } from './canary.ts';
import { type FaultKind, kindsFor, plan, type PlannedFault } from './plan.ts';
import { openProxy } from './proxy.ts';

function first(kinds: readonly FaultKind[], count: number, seed: number): PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (const fault of plan(seededRandom(seed), kinds)) if (faults.push(fault) === count) break;
  return faults;
}

test.each([1, 3])(
  'with %d brokers a seed gives the same faults again, another one others; every kind comes before one comes again',
  (brokers) => {
    const kinds = kindsFor(brokers);
    const faults = first(kinds, 3 * kinds.length, 1);
    expect(first(kinds, 3 * kinds.length, 1)).toEqual(faults);
    expect(first(kinds, 3 * kinds.length, 2)).not.toEqual(faults);
    for (let round = 0; round < 3; round += 1) {
      const own = faults.slice(round * kinds.length, (round + 1) * kinds.length);
      expect(own.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
    }
    expect(faults.some(({ overlaps }) => overlaps)).toBe(true);
  },
);

test('a partition that is not answered is silent for the longest time between two answers', () => {
  expect(longestGap(100, [], 200)).toBe(100);
  expect(longestGap(100, [50, 150, 120, 300], 200)).toBe(50);
  expect(longestGap(100, [110, 190], 200)).toBe(80);
});

test('a proxy passes everything on in order, also when its delay changes, and cuts and refuses', async () => {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { port } = echo.address() as AddressInfo;
  const proxy = await openProxy(port);
  try {
    const socket = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true });
    await once(socket, 'connect');
    let heard = '';
    socket.on('data', (piece) => (heard += String(piece)));
    let sent = '';
    for (let n = 0; n < 60; n += 1) {
      proxy.delay(n % 3 === 0 ? 0 : 40 - n / 2);
      const piece = `${n},`;
      sent += piece;
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    while (heard.length < sent.length) await once(socket, 'data');
    proxy.delay(Infinity, ['questions']);
    const before = proxy.delayed();
    sent += 'held';
    socket.write('held');
    while (proxy.delayed() === before) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(heard).not.toContain('held');
    proxy.delay(0);
    while (heard.length < sent.length) await once(socket, 'data');
    expect(heard).toBe(sent);
    expect(proxy.delayed()).toBeGreaterThan(0);

    const closed = once(socket, 'close');
    expect(proxy.cut()).toBe(1);
    await closed;
    proxy.refuse(true);
    const refused = connect({ host: '127.0.0.1', port: proxy.port });
    await once(refused, 'close');
    expect(refused.bytesRead).toBe(0);
  } finally {
    proxy.close();
    echo.close();
  }
});
