/**
 * Brokers that answer as a test says, or never: as much of Kafka's protocol as transactions speak.
 * Each has a view of the cluster of its own, so that one may be behind the others.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Reader, Writer } from '@platformatic/kafka';
import { type Brokers, brokersOf } from '../src/topology/kafka/brokers.ts';
import {
  type Asked,
  errors,
  exchangeOf,
  type Kept,
  type Problem,
  type RequestName,
  requests,
  type View,
} from './fakeExchanges.ts';

/** What a broker does with a request, unless it is the usual. `never`: nothing, and the connection stays open. */
type Behave = (asked: Asked) => Problem | 'never' | Promise<Problem | 'never'> | undefined;

export interface FakeCluster extends Kept {
  /** Reaches all of them; the first in the list is the first one here. */
  readonly connect: () => Brokers;
  /** As broker `n` sees the cluster; the same for all unless a test replaces one. */
  readonly views: View[];
  /** Every request, as it came. */
  readonly asked: readonly Asked[];
  readonly countOf: (name: RequestName) => number;
  behave: Behave;
}

/** Runs a callback with so many brokers, numbered from 0; none is left afterwards. */
export async function withFakeCluster(
  count: number,
  partitions: number,
  callback: (cluster: FakeCluster) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const clients: Brokers[] = [];
  const asked: Asked[] = [];
  const view: View = { leaders: Array.from({ length: partitions }, () => 0), epoch: 1, coordinator: 0 };
  const cluster: FakeCluster = {
    views: Array.from({ length: count }, () => view),
    asked,
    countOf: (name) => asked.filter((each) => each.name === name).length,
    newest: new Map(),
    behave: () => undefined,
    connect: () => {
      const client = brokersOf({ brokers: ports().map((port) => `127.0.0.1:${port}`), clientId: 'test' });
      clients.push(client);
      return client;
    },
  };
  const ports = (): number[] => servers.map((server) => (server.address() as AddressInfo).port);

  async function handle(broker: number, socket: Socket, request: Buffer): Promise<void> {
    const key = request.readInt16BE(4);
    const correlation = request.readInt32BE(8);
    const found = Object.entries(requests).find(([, number]) => number === key);
    if (!found) throw new Error(`a fake broker knows no request ${key}`);
    const name = found[0] as RequestName;
    const body = Reader.from(request.subarray(15 + request.readInt16BE(12)));
    const { detail, answer } = exchangeOf(name, cluster, cluster.views[broker] ?? view, ports(), body);
    const one = { broker, name, partitions: [], ...detail };
    asked.push(one);
    const problem = (await cluster.behave(one)) ?? 'none';
    if (problem === 'never' || socket.destroyed) return;
    const writer = Writer.create().appendInt32(correlation);
    // The one answer without them in its header (KIP-511).
    if (name !== 'api versions') writer.appendTaggedFields();
    writer.appendFrom(answer(errors[problem]));
    socket.write(writer.prependLength().buffer);
  }

  for (let broker = 0; broker < count; broker += 1) {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      let rest = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
          const end = 4 + rest.readInt32BE(0);
          void handle(broker, socket, rest.subarray(0, end));
          rest = rest.subarray(end);
        }
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  try {
    await callback(cluster);
  } finally {
    await Promise.all(clients.map(({ close }) => close()));
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
