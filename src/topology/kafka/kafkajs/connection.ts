/**
 * A connection that is closed waits for the answers under way until they time out (network/connection.js): a broker that
 * froze, and is no longer named among the others, so keeps whoever asked for the others' names. They get a second here.
 * And everybody who finds a connection closed opens it: several sockets feed one connection, and the last is closed by
 * whatever befalls the first. Here they wait for one.
 */
import { type Connection, connections, KafkaJSConnectionClosedError } from './internals.ts';

/** How long answers under way may take (ms) when their connection is closed. */
const lastAnswersMillis = 1_000;

const closed = ({ host, port }: Connection): Error =>
  new KafkaJSConnectionClosedError('Closed connection', { host, port });

interface Connecting {
  readonly connected: Promise<unknown>;
  readonly fail: (error: Error) => void;
}
const connecting = new WeakMap<Connection, Connecting>();

const { connect, disconnect } = connections;

connections.connect = function () {
  const under = connecting.get(this);
  if (under) return under.connected;
  const failed = Promise.withResolvers<never>();
  const connected = Promise.race([connect.call(this), failed.promise]).finally(() => connecting.delete(this));
  connecting.set(this, { connected, fail: failed.reject });
  return connected;
};

connections.disconnect = async function () {
  const timer = setTimeout(() => this.requestQueue.rejectAll(closed(this)), lastAnswersMillis);
  try {
    return await disconnect.call(this);
  } finally {
    clearTimeout(timer);
    const under = connecting.get(this);
    // The library says nothing to who waits for a connection that the other side ends; of an error it does, just after.
    if (under) setImmediate(() => under.fail(closed(this)));
  }
};
