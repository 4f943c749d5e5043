import type { Logger } from 'pino';
import type { Command } from '../domain/command.ts';
import { reject } from '../domain/decision.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Queue } from '../domain/queue.ts';
import { bodyHash } from '../processors/keys.ts';
import { type Codec, UnseenSchemaError } from '../schemas/codec.ts';
import { decodeOutcome } from '../schemas/state.ts';
import type { Clock } from '../topology/clock.ts';
import { type Appender, NotSentError, type ReplyChannel } from '../topology/ports.ts';
import { commandRecord, type Trace } from './commands.ts';
import type { HttpMetrics } from './operations.ts';
import { Problem } from './problems.ts';
import { learnAndDecode, type QueueReader, StateUnavailable } from './queueReader.ts';

/**
 * Sends a command and finds out what came of it. The reply channel is fast and may lose messages; the state is slower
 * and certain. And a reply names a command id only, while a client may use one Idempotency-Key for two bodies at once:
 * so a reply says that it is time to look, and what the state remembers of the id, with the hash of what was asked,
 * says whose outcome it is.
 */

/** How long to wait for what. Described in docs/http.md. */
export interface Timing {
  /** A lost reply costs this much. */
  readonly lookUpAfterMillis: number;
  /** No outcome by then: the client is sent to look for itself. */
  readonly answerWithinMillis: number;
}

export const defaultTiming: Timing = { lookUpAfterMillis: 250, answerWithinMillis: 5_000 };

export interface Submitted {
  readonly outcome: Outcome;
  /** The queue as it is after the command, or later; null where it couldn't be seen. */
  readonly queue: Queue | null;
}

/** `repeatable`: its id follows from an Idempotency-Key, so that other requests may bear it. */
export type Submit = (command: Command, repeatable: boolean, trace: Trace) => Promise<Submitted | 'PENDING'>;

interface SubmissionDeps {
  readonly appender: Appender;
  readonly replies: Replies;
  readonly reader: QueueReader;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly metrics: HttpMetrics;
  readonly timing: Timing;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** Answers an outcome, or PENDING when none is known in time; throws a Problem when it was certainly not sent. */
export const createSubmission =
  ({ appender, replies, reader, codec, logger, metrics, timing, clock }: SubmissionDeps): Submit =>
  async (command, repeatable, trace) => {
    const answered = metrics.timeCommand(command.type);
    const { promise, resolve, reject: fail } = Promise.withResolvers<Submitted | 'PENDING'>();

    const look = async (reply: Outcome | null): Promise<void> => {
      const seen = await remembered(reader, command, logger);
      if (seen?.outcome) resolve({ outcome: seen.outcome, queue: seen.queue });
      // Certain without the state for an id that nobody else bears. Where the state can be seen and has no such id,
      // a burst of a thousand later commands has displaced it already.
      else if (reply && (!repeatable || seen)) resolve({ outcome: reply, queue: seen?.queue ?? null });
    };

    const leave = replies.join({
      commandId: command.commandId,
      onReply: (outcome) => void look(outcome),
      onReconnect: () => void look(null),
    });
    const { lookUpAfterMillis, answerWithinMillis } = timing;
    const over = new AbortController();
    const after = async (millis: number, action: () => void): Promise<void> => {
      await clock.sleep(millis, over.signal);
      if (!over.signal.aborted) action();
    };
    void after(lookUpAfterMillis, () => void look(null));
    void after(answerWithinMillis, () => void look(null).then(() => resolve('PENDING')));
    // The last look may itself find nobody at home.
    void after(answerWithinMillis + lookUpAfterMillis, () => resolve('PENDING'));
    try {
      appender.append(commandRecord(codec, command, replies.channel, trace)).catch((error: unknown) => {
        if (error instanceof NotSentError) fail(error);
        else
          logger.warn({ err: error, correlationId: trace.correlationId }, 'a command may not have been sent');
      });
      const submitted = await promise;
      answered(submitted === 'PENDING' ? 'pending' : submitted.outcome.rejection ? 'rejected' : 'accepted');
      return submitted;
    } catch (error) {
      if (!(error instanceof NotSentError)) throw error;
      answered('not_sent');
      throw new Problem('COMMAND_NOT_SENT', 'the command was not sent: the log is out of reach');
    } finally {
      leave();
      over.abort();
    }
  };

interface Seen {
  readonly queue: Queue | null;
  /** null: the id is not decided yet, or forgotten. */
  readonly outcome: Outcome | null;
}

/** What the state says of the command; null: it cannot be seen now. Never throws: whoever waits goes on waiting. */
async function remembered(reader: QueueReader, command: Command, logger: Logger): Promise<Seen | null> {
  try {
    const { queue, first } = await reader.recallCommand(command.restaurantId, command.commandId);
    if (first === null) return { queue, outcome: null };
    const same = first.bodyHash === bodyHash(command);
    return { queue, outcome: same ? first.outcome : reused(command, first.outcome) };
  } catch (error) {
    if (!(error instanceof StateUnavailable))
      logger.error({ err: error }, 'an outcome could not be looked up');
    return null;
  }
}

/** What the queue answers to an id that stood for something else before. */
const reused = (command: Command, first: Outcome): Outcome => ({
  ...first,
  rejection: reject('COMMAND_REUSED', `command ${command.commandId} asked for something else before`),
  subject: null,
});

/**
 * Who waits for which outcome. The worker tells an outcome on this process's channel by command id, so several
 * requests with one Idempotency-Key wait for the same message and all of them hear it.
 */

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
