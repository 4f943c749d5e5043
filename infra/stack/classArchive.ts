/**
 * Half of what a JVM does at its start is reading classes. Java can write what it has read into an archive when it ends,
 * and map that at the next start: on two cores that is the difference of seconds. The archive lies beside the jars it
 * was made of; one that does not fit the Java at hand is ignored by Java itself.
 */
import { existsSync, renameSync } from 'node:fs';

export interface ClassArchive {
  readonly options: readonly string[];
  /** To be called when a JVM with these options has ended in good order. */
  readonly ended: () => void;
}

/** `write` says whether to make one when there is none: it costs two seconds at the end, too much for a single use. */
export function classArchive(file: string, write: boolean): ClassArchive {
  if (existsSync(file)) return { options: [`-XX:SharedArchiveFile=${file}`], ended: () => undefined };
  if (!write) return { options: [], ended: () => undefined };
  // Written aside and moved: a JVM that is killed while it writes must leave none.
  const unfinished = `${file}.unfinished`;
  return {
    options: [`-XX:ArchiveClassesAtExit=${unfinished}`],
    ended: () => {
      if (existsSync(unfinished)) renameSync(unfinished, file);
    },
  };
}
