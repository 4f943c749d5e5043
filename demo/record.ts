/**
 * The file of a run: the script, then a line before every write is sent and one when it is answered. Lines are on their
 * way to the disk before anything else happens, so whatever is killed, what was asked and what was acknowledged is known.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { script, type Script } from './script.ts';

/** What is asked for a waiting. */
const steps = [
  'REGISTER',
  'FIRST_CALL',
  'FINAL_CALL',
  'ANSWER',
  'ARRIVE',
  'ENTER',
  'CANCEL',
  'TURN_AWAY',
] as const;
export type Step = (typeof steps)[number];

const begun = z.object({
  line: z.literal('begun'),
  script,
  /** Where waiting.notifications ended then, by partition. */
  offsets: z.record(z.string(), z.int()),
});
const asked = z.object({
  line: z.literal('asked'),
  key: z.string(),
  step: z.enum(steps),
  restaurantId: z.int(),
  userId: z.int(),
  /** null: not registered yet. */
  waitingId: z.int().nullable(),
});
const answered = z.object({
  line: z.literal('answered'),
  key: z.string(),
  status: z.int(),
  /** Of a refusal. */
  code: z.string().nullable(),
  waitingId: z.int().nullable(),
  ticketNo: z.int().nullable(),
  state: z.string().nullable(),
});
/** Every customer's life is over. */
const ended = z.object({ line: z.literal('ended') });
const anyLine = z.discriminatedUnion('line', [begun, asked, answered, ended]);

type Asked = z.infer<typeof asked>;
type Answered = z.infer<typeof answered>;

export interface Run {
  readonly script: Script;
  readonly offsets: ReadonlyMap<number, number>;
  /** In the order of asking; `answer` null: never acknowledged. */
  readonly steps: readonly (Asked & { readonly answer: Answered | null })[];
  readonly ended: boolean;
}

export interface Recorder {
  readonly file: string;
  readonly write: (line: z.infer<typeof anyLine>) => void;
}

const folder = (dataDir: string): string => join(dataDir, 'demo');
const suffix = '.jsonl';

export function createRecorder(dataDir: string, { run }: Script): Recorder {
  mkdirSync(folder(dataDir), { recursive: true });
  const file = join(folder(dataDir), `${run}${suffix}`);
  return { file, write: (each) => appendFileSync(file, `${JSON.stringify(each)}\n`) };
}

/** The file of the newest run; null: there is none. */
export function lastRun(dataDir: string): string | null {
  let files: string[] = [];
  try {
    files = readdirSync(folder(dataDir)).filter((name) => name.endsWith(suffix));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const newest = files.sort().at(-1);
  return newest === undefined ? null : join(folder(dataDir), newest);
}

/** Throws when the file is no record of a run. A last line that was cut off by a kill was never acted upon. */
export function readRun(file: string): Run {
  const texts = readFileSync(file, 'utf8').split('\n');
  texts.pop();
  const [head, ...lines] = texts.map((text) => anyLine.parse(JSON.parse(text)));
  if (head?.line !== 'begun') throw new Error(`${file} does not begin with a script`);
  const answers = new Map(lines.flatMap((each) => (each.line === 'answered' ? [[each.key, each]] : [])));
  return {
    script: head.script,
    offsets: new Map(Object.entries(head.offsets).map(([partition, end]) => [Number(partition), end])),
    steps: lines.flatMap((each) =>
      each.line === 'asked' ? [{ ...each, answer: answers.get(each.key) ?? null }] : [],
    ),
    ended: lines.some((each) => each.line === 'ended'),
  };
}
