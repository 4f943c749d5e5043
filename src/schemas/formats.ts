/**
 * Which forms of records may be written. Two builds run side by side while a deployment is replaced, so a form that the
 * older one cannot read is written only from a *format level* on, which an operator raises with
 * `waiting setup --finalize` once no older build runs. The level is kept in Kafka and never falls.
 */

/** The level from which each newer form may be written; what is not here every build reads. */
const levelOf = {
  /** A version before each entry of the outbox and each fact in it. */
  versionedOutbox: 1,
  /** ExcuseStall, DeadlineExtended, and `validUntil` of ExpireTimer. */
  stalls: 1,
} as const;
type Form = keyof typeof levelOf;

/** The highest level whose forms this build reads. */
export const newestLevel = 1;

export interface Formats {
  /** The level as this process last heard of it. */
  readonly level: () => number;
  readonly mayWrite: (form: Form) => boolean;
  /**
   * Asks whether this build reads all that may have been written by now. Rejects with NewerFormatsError where it does
   * not, and with another error where nobody can be asked.
   */
  readonly requireReadable: () => Promise<void>;
}

/** `level` is looked at each time, for it may have been raised; `ask` asks Kafka for it. */
export const formatsAt = (
  level: () => number,
  ask: () => Promise<number> = () => Promise.resolve(level()),
): Formats => ({
  level,
  mayWrite: (form) => level() >= levelOf[form],
  requireReadable: async () => {
    const kept = await ask();
    if (kept > newestLevel) throw new NewerFormatsError(kept);
  },
});

/** Records of a newer form may be in the logs: this build must not read them. */
export class NewerFormatsError extends Error {
  override readonly name = 'NewerFormatsError';
  constructor(level: number) {
    super(
      `the format level of this deployment is ${level} and this build reads up to ${newestLevel}: use a newer build`,
    );
  }
}
