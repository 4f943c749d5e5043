/** Where a process spent its time, read from a CPU profile as V8 writes it. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The fields of Chrome's `Profiler.Profile` that are looked at; times are microseconds of a clock that never jumps. */
export const cpuProfile = z.object({
  startTime: z.number(),
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

type CpuProfile = z.infer<typeof cpuProfile>;
type ProfileNode = CpuProfile['nodes'][number];

/** A function, or what V8 does beside functions, and its part (0 to 1) of the time that was not idle. */
interface Spent {
  readonly name: string;
  /** File and line, or a module of Node; empty for what is compiled into V8 or Node. */
  readonly where: string;
  /** Of what is Node's or V8's: the function of ours or of a package that mostly called for it. */
  readonly caller: string | null;
  readonly share: number;
}

export interface TimeSpent {
  /** Seconds that were looked at, and how many of them were not idle. */
  readonly seconds: number;
  readonly busy: number;
  /** Self time by function, the largest first. */
  readonly functions: readonly Spent[];
  /** The same by package or folder; what is Node's or V8's counts for who called for it. */
  readonly areas: readonly { readonly area: string; readonly share: number }[];
}

/** Only what was sampled from `from` to `to`, on the profile's clock. File names are told relative to `root`. */
export function timeSpent(profile: CpuProfile, from: number, to: number, root: string): TimeSpent {
  const callers = callersOf(profile.nodes);
  const self = selfTime(profile, from, to);
  const all = profile.nodes.flatMap((node) => {
    const micros = self.get(node.id);
    if (micros === undefined) return [];
    const frame = node.callFrame;
    const on = isNative(frame) ? nearestOwn(node, callers) : frame;
    const name = nameOf(frame);
    const area = on ? areaOf(fileOf(on, root)) : isPhase(name) ? name : 'node';
    const caller = on && on !== frame ? `${nameOf(on)} ${whereOf(on, root)}` : null;
    return [{ name, where: whereOf(frame, root), caller, area, micros }];
  });

  const awake = all.filter(({ name }) => name !== '(idle)');
  const busy = sum(awake);
  return {
    seconds: sum(all) / 1e6,
    busy: busy / 1e6,
    functions: largest(awake, ({ name, where }) => `${name} ${where}`).map(([, some]) => ({
      name: some[0].name,
      where: some[0].where,
      caller: largest(some, ({ caller }) => caller)[0]?.[0] ?? null,
      share: sum(some) / busy,
    })),
    areas: largest(awake, ({ area }) => area).map(([area, some]) => ({ area, share: sum(some) / busy })),
  };
}

interface Weighed {
  readonly micros: number;
}

const sum = (some: readonly Weighed[]): number => some.reduce((total, { micros }) => total + micros, 0);

/** Groups, the one of the most time first; none of them is empty. */
function largest<T extends Weighed, K>(some: readonly T[], keyOf: (each: T) => K): [K, [T, ...T[]]][] {
  const groups = [...Map.groupBy(some, keyOf)] as [K, [T, ...T[]]][];
  return groups.toSorted(([, a], [, b]) => sum(b) - sum(a));
}

/** Microseconds by node. */
function selfTime({ startTime, samples, timeDeltas }: CpuProfile, from: number, to: number) {
  const micros = new Map<number, number>();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    at += delta;
    if (at >= from && at <= to) micros.set(id, (micros.get(id) ?? 0) + delta);
  }
  return micros;
}

function callersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, ProfileNode> {
  return new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
}

type CallFrame = ProfileNode['callFrame'];

const isNative = ({ url }: CallFrame): boolean => url === '' || url.startsWith('node:');

/** What V8 does is in parentheses, but for functions without a name. */
const isPhase = (name: string): boolean => name.startsWith('(') && name !== '(anonymous)';

/** Who called for what V8 or Node did; undefined: nobody, as for V8's own phases. */
function nearestOwn(node: ProfileNode, callers: ReadonlyMap<number, ProfileNode>): CallFrame | undefined {
  if (isPhase(nameOf(node.callFrame))) return undefined;
  for (let at = callers.get(node.id); at; at = callers.get(at.id)) {
    if (!isNative(at.callFrame)) return at.callFrame;
  }
  return undefined;
}

const nameOf = ({ functionName }: CallFrame): string => (functionName === '' ? '(anonymous)' : functionName);

const fileOf = ({ url }: CallFrame, root: string): string =>
  relative(root, url.startsWith('file:') ? fileURLToPath(url) : url).replace(/^.*node_modules\//, '');

function whereOf(frame: CallFrame, root: string): string {
  if (frame.url === '') return '';
  return `${frame.url.startsWith('node:') ? frame.url : fileOf(frame, root)}:${frame.lineNumber + 1}`;
}

/** The package's name, or the two first folders. */
const areaOf = (file: string): string => /^src\/[^/]+|^@[^/]+\/[^/]+|^[^/]+/.exec(file)?.[0] ?? file;
