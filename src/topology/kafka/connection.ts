/** Connections to brokers, and what their answers are called. */
import { isIP } from 'node:net';
import {
  type Broker,
  type ConnectionOptions,
  ConnectionPool,
  GenericError,
  MultipleErrors,
  ResponseError,
} from '@platformatic/kafka';
import type { KafkaAddress } from './client.ts';

/** How a process reaches the cluster. */
export interface Bootstrap extends KafkaAddress {
  readonly clientId: string;
}

const connectTimeoutMillis = 3_000;
export const requestTimeoutMillis = 15_000;

/** An idle connection whose other side is gone without a word is found out by the system, and closed. */
const keepAliveMillis = 10_000;

/**
 * Connections for one use, one a broker. A broker answers the requests of a connection one after the other, so whoever
 * must not wait behind another has a pool of its own. `use` names it, for tests.
 */
export function connectionPool(
  bootstrap: Bootstrap,
  use: string,
  requestMillis = requestTimeoutMillis,
): ConnectionPool {
  const pool = new ConnectionPool(bootstrap.clientId, {
    connectTimeout: connectTimeoutMillis,
    requestTimeout: requestMillis,
    context: `${bootstrap.clientId}/${use}`,
    ...credentials(bootstrap),
  });
  pool.on('connecting', ({ connection }) => {
    // Whoever waits for an answer is told of it; told to nobody, it would end the process.
    connection.on('error', () => undefined);
    connection.on('connect', () => void connection.socket.setKeepAlive(true, keepAliveMillis));
  });
  return pool;
}

function credentials({ brokers, tls, sasl }: KafkaAddress): ConnectionOptions {
  return {
    // A server of several names is asked for the one that was dialled; an address is none (RFC 6066, 3).
    ...(tls && { tls, tlsServerName: brokers.every((broker) => isIP(addressOf(broker).host) === 0) }),
    ...(sasl && {
      sasl: { ...sasl, mechanism: sasl.mechanism.toUpperCase() as Uppercase<typeof sasl.mechanism> },
    }),
  };
}

export function addressOf(broker: string): Broker {
  const { hostname, port } = new URL(`kafka://${broker}`);
  return { host: hostname, port: Number(port) };
}

/** Whether the broker has answered, be it with an error: otherwise nobody knows what became of the request. */
export const isAnswer = (error: unknown): error is ResponseError => error instanceof ResponseError;

/** Whether no broker has answered. */
export const isUnreachable = (error: unknown): boolean => error instanceof GenericError && !isAnswer(error);

/** The broker's name for what is wrong; empty: it has not said. */
export function answerOf(error: unknown): string {
  const [first] = error instanceof MultipleErrors ? (error.errors as unknown[]) : [error];
  return first instanceof GenericError ? String(first['apiId']) : '';
}

/** Whether we have closed the connections ourselves: nothing will come any more. */
export const isClosed = (error: unknown): boolean =>
  error instanceof GenericError && error['closed'] === true;
