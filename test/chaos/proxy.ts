/** A transparent TCP proxy before one server, whose connections can be cut, delayed, or refused for a while. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

type Direction = 'questions' | 'answers';

export interface Proxy {
  readonly port: number;
  /** Breaks every connection; answers how many there were. */
  readonly cut: () => number;
  /**
   * Passes on what comes only so long (ms) after it came, in one direction or both; 0: at once, and whatever waits;
   * Infinity: not before that changes.
   */
  readonly delay: (millis: number, directions?: readonly Direction[]) => void;
  /** Pieces that were delayed so far. */
  readonly delayed: () => number;
  /** Refuses new connections, or takes them again. */
  readonly refuse: (refusing: boolean) => void;
  /** New connections go to another server; those that are there stay where they are. */
  readonly pointTo: (port: number) => void;
  readonly close: () => void;
}

/** Listens on a free port of this machine. */
export async function openProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const delays = { questions: 0, answers: 0 };
  /** Each looks again what it may pass on. */
  const lines = new Set<() => void>();
  let delayedPieces = 0;
  let refusing = false;
  let target = port;

  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const drains = [pass(client, upstream, 'questions'), pass(upstream, client, 'answers')];
    for (const drain of drains) lines.add(drain);
    const end = (): void => {
      pairs.delete(pair);
      for (const drain of drains) lines.delete(drain);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
  });

  /** What came first is passed on first, also when the delay has become shorter meanwhile: a line, and one timer. */
  function pass(from: Socket, to: Socket, direction: Direction): () => void {
    const line: { readonly cameAt: number; readonly action: () => void }[] = [];
    let timer: NodeJS.Timeout | undefined;
    const drain = (): void => {
      clearTimeout(timer);
      for (let first = line[0]; first; first = line[0]) {
        const wait = first.cameAt + delays[direction] - Date.now();
        if (wait > 0) {
          if (wait !== Infinity) timer = setTimeout(drain, wait);
          return;
        }
        line.shift();
        first.action();
      }
    };
    const later = (action: () => void): void => {
      if (delays[direction] === 0 && line.length === 0) {
        action();
        return;
      }
      delayedPieces += 1;
      line.push({ cameAt: Date.now(), action });
      if (line.length === 1) drain();
    };
    from.on('data', (piece) => later(() => to.writable && to.write(piece)));
    from.on('end', () => later(() => to.end()));
    return drain;
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
    delay: (millis, directions = ['questions', 'answers']) => {
      for (const direction of directions) delays[direction] = millis;
      for (const drain of lines) drain();
    },
    delayed: () => delayedPieces,
    refuse: (now) => {
      refusing = now;
    },
    pointTo: (now) => {
      target = now;
    },
    close: () => {
      server.close();
      cut();
    },
  };
}
