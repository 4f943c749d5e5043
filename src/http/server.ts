/** The server that requests come to. Who answers them may change while it listens, as at the end of a start. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { HttpTls } from './access/config.ts';
import { createFront, defaultFront, type FrontSettings } from './limits/front.ts';
import { applyPatience, defaultPatience, type Patience, serverOptions } from './limits/patience.ts';

export interface ServerSettings {
  /** null: plain HTTP. */
  readonly tls: HttpTls | null;
  readonly front?: Partial<FrontSettings>;
  readonly patience?: Partial<Patience>;
}

export interface HttpServer {
  /** From now on the listener answers; before the first one nobody does. */
  readonly answerBy: (listener: RequestListener) => void;
  /** Accepts requests; answers the port, which is a free one for port 0. Throws when the port is taken. */
  readonly listen: (port: number, host: string) => Promise<number>;
  /** Accepts no more (again: does nothing), lets requests finish for up to `withinMillis`, then cuts them off. */
  readonly close: (withinMillis: number) => Promise<void>;
}

const sweepMillis = 50;

export function createHttpServer(settings: ServerSettings): HttpServer {
  const front = createFront({ ...defaultFront, ...settings.front });
  const patience = { ...defaultPatience, ...settings.patience };
  const options = serverOptions(patience);
  const { tls } = settings;
  let answer: RequestListener = (_req, res) => void res.writeHead(503).end();
  const behindFront: RequestListener = (req, res) => front(req, res, () => answer(req, res));
  const server = tls
    ? createTlsServer({ ...options, handshakeTimeout: patience.headers, ...tlsOptions(tls) }, behindFront)
    : createServer(options, behindFront);
  applyPatience(server, patience);
  return {
    answerBy: (listener) => {
      answer = listener;
    },
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: (withinMillis) =>
      new Promise((resolve, reject) => {
        if (!server.listening) {
          resolve();
          return;
        }
        // A kept-alive connection goes idle when its last request is answered, not when the server is closed.
        const sweep = setInterval(() => server.closeIdleConnections(), sweepMillis);
        const cut = setTimeout(() => server.closeAllConnections(), withinMillis);
        server.close((error) => {
          clearInterval(sweep);
          clearTimeout(cut);
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}

/** Whose certificate is not of the authority is still heard: he has to say otherwise who he is. */
const tlsOptions = ({ cert, key, clientCa }: HttpTls) => ({
  cert,
  key,
  ...(clientCa !== null && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
});
