import { FencedError } from './ports.ts';

/**
 * Failures are classed by what follows. Everything not named here, and no PoisonError or BugError, is transient: the
 * task lets go of all it holds, backs off, and takes its partition over again. Nothing is ever skipped.
 */

/** Another owner has claimed the task, or what Redis holds is not what this owner left there. */
export class DisownedError extends Error {
  override readonly name = 'DisownedError';
}

/** Whether somebody else may own the task by now. */
export const isFence = (error: unknown): boolean =>
  error instanceof FencedError || error instanceof DisownedError;

/** The log no longer has records that were never processed. Going on would lose them silently. */
export class LogTruncatedError extends Error {
  override readonly name = 'LogTruncatedError';
}

/** A server answers, and is not as it has to be, or refuses us: it, or what was asked of it, has to be changed. */
export class UnfitError extends Error {
  override readonly name = 'UnfitError';
}

/** The state was written under another number of partitions: its keys are elsewhere now. */
export class RepartitionedError extends Error {
  override readonly name = 'RepartitionedError';
  constructor(was: number, is: number) {
    super(
      `the state was written under ${was} partitions and the topics have ${is}: queues would begin anew beside those that are there. Kafka takes no partition away: see "The number of partitions" in docs/operations.md`,
    );
  }
}
