/**
 * How long a client may take: whoever sends a request in drops, or reads no answer, holds a connection that others need.
 * Node then answers 408, or cuts him off.
 */
import type { Server, ServerOptions } from 'node:http';
import type { Server as TlsServer } from 'node:https';

export interface Patience {
  /** For the headers, and for the whole request (ms). */
  readonly headers: number;
  readonly request: number;
  /** How often it is looked who is late (ms). */
  readonly look: number;
  /** For the next request of a connection (ms); a proxy in front should keep idle connections for less. */
  readonly idle: number;
  /** Without a byte in either direction (ms): longer than between two heartbeats of a stream. */
  readonly silence: number;
}

export const defaultPatience: Patience = {
  headers: 10_000,
  request: 15_000,
  look: 1_000,
  idle: 5_000,
  silence: 60_000,
};

/** All headers of a request together (bytes): a token, what proxies add, and room. */
const headerBytes = 16 * 1024;

/** Of a server over TCP or TLS. */
export const serverOptions = ({ headers, request, look, idle }: Patience): ServerOptions => ({
  headersTimeout: headers,
  requestTimeout: request,
  connectionsCheckingInterval: look,
  keepAliveTimeout: idle,
  maxHeaderSize: headerBytes,
});

export function applyPatience(server: Server | TlsServer, { silence }: Patience): void {
  server.setTimeout(silence);
  // Their bytes are limited. Beyond a number Node would drop headers without a word, such as those that a proxy has added.
  server.maxHeadersCount = 0;
}
