/**
 * What stands between a client and a server in memory. Here nothing is lost and nothing waits longer than a turn of the
 * event loop; the simulation has one that crashes, delays and forgets.
 */

/** Time as a server in memory has it. */
export interface Timeline {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Runs the action after `millis`; never earlier than the next turn. */
  readonly after: (millis: number, action: () => void) => void;
}

/** Goes with the clock on the wall; does not keep the process alive. */
export const wallTimeline: Timeline = {
  now: () => Date.now(),
  after: (millis, action) => void setTimeout(action, millis).unref(),
};

/** One client's way to one server. */
export interface Link {
  /**
   * Sends a request. The server's effect is atomic; what it returns or throws is the answer. Rejects also when the
   * server is away or the answer is lost; the request may have taken effect then.
   */
  readonly call: <T>(operation: string, effect: () => T) => Promise<T>;
  /** The server tells the client something; it may be lost. */
  readonly tell: (operation: string, heard: () => void) => void;
  /** The client waits. */
  readonly pause: (millis: number) => Promise<void>;
}

/** The server cannot be reached, or its answer did not come. `sent`: the request may have taken effect. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly sent: boolean;
  constructor(operation: string, sent: boolean) {
    super(sent ? `no answer to ${operation}` : `no connection for ${operation}`);
    this.sent = sent;
  }
}

export const directLink: Link = {
  call: async (_operation, effect) => {
    await new Promise(setImmediate);
    return effect();
  },
  tell: (_operation, heard) => void setImmediate(heard),
  pause: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
};
