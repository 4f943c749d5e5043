/** A transparent TCP proxy before one server, whose connections can be cut, delayed, or refused for a while. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Proxy {
  readonly port: number;
  /** Breaks every connection; answers how many there were. */
  readonly cut: () => number;
  /** Passes on whatever comes from now on only after so long (ms), in both directions; 0: at once. */
  readonly delay: (millis: number) => void;
  /** Pieces that were delayed so far. */
  readonly delayed: () => number;
  /** Refuses new connections, or takes them again. */
  readonly refuse: (refusing: boolean) => void;
  readonly close: () => void;
}

/** Listens on a free port of this machine. */
export async function openProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let delayMillis = 0;
  let delayedPieces = 0;
  let refusing = false;

  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    pass(client, upstream);
    pass(upstream, client);
  });

  /** What came first is passed on first, also when the delay has become shorter meanwhile: a line, and one timer. */
  function pass(from: Socket, to: Socket): void {
    const line: { readonly at: number; readonly action: () => void }[] = [];
    const drain = (): void => {
      for (let first = line[0]; first; first = line[0]) {
        const wait = first.at - Date.now();
        if (wait > 0) {
          setTimeout(drain, wait);
          return;
        }
        line.shift();
        first.action();
      }
    };
    const later = (action: () => void): void => {
      if (delayMillis === 0 && line.length === 0) {
        action();
        return;
      }
      delayedPieces += 1;
      line.push({ at: Date.now() + delayMillis, action });
      if (line.length === 1) drain();
    };
    from.on('data', (piece) => later(() => to.writable && to.write(piece)));
    from.on('end', () => later(() => to.end()));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const cut = (): number => {
    const count = pairs.size;
    for (const pair of [...pairs]) for (const socket of pair) socket.destroy();
    return count;
  };
  return {
    port: address.port,
    cut,
    delay: (millis) => {
      delayMillis = millis;
    },
    delayed: () => delayedPieces,
    refuse: (now) => {
      refusing = now;
    },
    close: () => {
      server.close();
      cut();
    },
  };
}
