/**
 * Who waits for which outcome. The worker tells an outcome on this process's channel by command id, so several
 * requests with one Idempotency-Key wait for the same message and all of them hear it.
 */
import type { Logger } from 'pino';
import type { Outcome } from '../domain/outcome.ts';
import { UnseenSchemaError, type Codec } from '../schemas/codec.ts';
import { decodeOutcome } from '../schemas/state.ts';
import type { ReplyChannel } from '../topology/ports.ts';
import { learnAndDecode } from './queueReader.ts';

interface Waiter {
  readonly commandId: string;
  /** An outcome of this command id was told: of this command, or of another one that bears the same id. */
  readonly onReply: (outcome: Outcome) => void;
  /** Messages may have been lost. */
  readonly onReconnect: () => void;
}

export interface Replies {
  /** Where outcomes are to be told, for the `replyto` header. */
  readonly channel: string;
  /** Begins to wait; the answer ends it. To be called before the command is sent. */
  readonly join: (waiter: Waiter) => () => void;
  /** How many wait. */
  readonly size: () => number;
}

export function listen(channel: ReplyChannel, codec: Codec, logger: Logger): Replies {
  const waiters = new Map<string, Set<Waiter>>();

  const tell = (outcome: Outcome): void => {
    for (const waiter of waiters.get(outcome.commandId) ?? []) waiter.onReply(outcome);
  };

  channel.onMessage((message) => {
    const decode = (): Outcome => decodeOutcome(codec, message);
    try {
      tell(decode());
    } catch (error) {
      // What cannot be read is as good as lost, and whoever waits for it looks for itself.
      const unread = (cause: unknown): void => logger.warn({ err: cause }, 'a reply could not be read');
      if (error instanceof UnseenSchemaError) {
        learnAndDecode(codec, error.schemaId, decode).then(tell).catch(unread);
      } else unread(error);
    }
  });

  channel.onReconnect(() => {
    for (const each of waiters.values()) for (const waiter of each) waiter.onReconnect();
  });

  return {
    channel: channel.name,
    join: (waiter) => {
      const others = waiters.get(waiter.commandId) ?? new Set();
      waiters.set(waiter.commandId, others.add(waiter));
      return () => {
        others.delete(waiter);
        if (others.size === 0 && waiters.get(waiter.commandId) === others) waiters.delete(waiter.commandId);
      };
    },
    size: () => [...waiters.values()].reduce((sum, each) => sum + each.size, 0),
  };
}
