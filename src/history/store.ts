import type { Changes } from './changes.ts';

/** Whose log an offset is of. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
  readonly cluster: string;
}

/** Another writer of this partition has moved the offset. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

/** What the sink of one partition needs of Postgres, and no more. */
export interface HistoryStore {
  /** The next offset to be applied, and the cluster whose log it is of; `first` is put there when there is none. */
  readonly position: (first: number) => Promise<{ readonly next: number; readonly cluster: string }>;
  /**
   * Moves the offset and writes the rows, both or neither. Throws OvertakenError when the offset is not `from`, and
   * another error when it may have happened or not.
   */
  readonly apply: (changes: Changes, from: number, to: number) => Promise<void>;
}
