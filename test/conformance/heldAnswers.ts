import { connect, Socket } from 'node:net';

/** The number of a heartbeat in Kafka's protocol. */
const heartbeat = 12;

/** Sockets for kafkajs, of which one can be made to read as a frozen process does: what has come waits to be read. */
export function heldAnswers() {
  let hold: ((release: () => void) => void) | null = null;

  function follow(socket: Socket): Socket {
    let held: Buffer[] | null = null;
    const write = (request: Buffer): boolean => Socket.prototype.write.call(socket, request);
    const emit = socket.emit.bind(socket) as (event: string | symbol, ...rest: unknown[]) => boolean;
    socket.write = (data: string | Uint8Array): boolean => {
      const request = Buffer.from(data as Uint8Array);
      // The library writes a request in one piece: size, then its number.
      if (hold && request.readInt16BE(4) === heartbeat) held = [];
      return write(request);
    };
    socket.emit = (event: string | symbol, ...rest: unknown[]): boolean => {
      if (event !== 'data' || held === null) return emit(event, ...rest);
      held.push(rest[0] as Buffer);
      hold?.(() => {
        const came = held ?? [];
        held = null;
        for (const piece of came) emit('data', piece);
      });
      hold = null;
      return true;
    };
    return socket;
  }

  return {
    sockets: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket =>
      follow(connect({ host, port }, onConnect)),
    /** Resolves when the answer to the next heartbeat is there and waits, with what lets it be read. */
    holdHeartbeat: (): Promise<() => void> => new Promise((resolve) => (hold = resolve)),
  };
}
