/** Connections to a server that takes them, and says nothing. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import type { Connection } from './internals.ts';
import './repairs.ts';

const load = createRequire(import.meta.url);
const Made = load('kafkajs/src/network/connection') as new (options: object) => Connection;
const sockets = load('kafkajs/src/network/socketFactory') as () => (where: object) => Socket;

const silent = { debug: () => undefined, error: () => undefined, namespace: (): unknown => silent };

async function withConnection(
  callback: (connection: Connection, opened: readonly Socket[]) => Promise<void>,
): Promise<void> {
  const accepted: Socket[] = [];
  const opened: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const times = { requestTimeout: 15_000, connectionTimeout: 3_000 };
  try {
    const make = sockets();
    const socketFactory = (where: object): Socket => {
      const socket = make(where);
      opened.push(socket);
      return socket;
    };
    await callback(new Made({ host: '127.0.0.1', port, logger: silent, socketFactory, ...times }), opened);
  } finally {
    for (const socket of accepted) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

it('a connection has one socket, however many wait for it', () =>
  withConnection(async (connection, opened) => {
    await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
    expect(opened).toHaveLength(1);
    await connection.disconnect();
  }));

it('who waits for a connection that the other side ends hears of it', async () => {
  const socket = new Socket();
  const times = { requestTimeout: 15_000, connectionTimeout: 3_000 };
  const address = { host: '127.0.0.1', port: 1 };
  const connection = new Made({ ...address, logger: silent, socketFactory: () => socket, ...times });
  const connecting = expect(connection.connect()).rejects.toThrow('Closed connection');
  socket.emit('end');
  await connecting;
});

it('a connection that is closed waits a second for answers under way', () =>
  withConnection(async (connection) => {
    await connection.connect();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const queue = connection.requestQueue as unknown as { push: (request: object) => void };
    const entry = { correlationId: 1, resolve, reject };
    queue.push({ entry, expectResponse: true, sendRequest: () => undefined });
    const refused = expect(promise).rejects.toThrow('Closed connection');
    const started = performance.now();
    await connection.disconnect();
    expect(performance.now() - started).toBeLessThan(5_000);
    await refused;
  }));
