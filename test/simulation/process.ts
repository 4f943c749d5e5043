import type { Clock } from '../../src/topology/clock.ts';
import { type Link, LinkError } from './link.ts';
import type { Scheduler } from './scheduler.ts';

export type Server = 'kafka' | 'redis' | 'postgres';
export const servers: readonly Server[] = ['kafka', 'redis', 'postgres'];

/** What becomes of one request. Milliseconds. */
export interface Fate {
  readonly there: number;
  readonly back: number;
  readonly lost: 'request' | 'reply' | null;
  /** It takes effect twice. */
  readonly twice: boolean;
}

/** What the simulation decides about the ways between processes and servers. */
export interface Network {
  readonly fate: (process: Process, server: Server, operation: string) => Fate;
  readonly reaches: (process: Process, server: Server) => boolean;
  /** Grows with every restart of a server: answers under way then are gone. */
  readonly life: (server: Server) => number;
  /** Just before and just after a request takes effect: here a process may end. */
  readonly passing: (process: Process, operation: string, when: 'before' | 'after') => void;
}

/** One process of the product: what it waits for comes only while it runs. */
export interface Process {
  readonly name: string;
  readonly isAlive: () => boolean;
  readonly isFrozen: () => boolean;
  readonly clock: Clock;
  readonly link: (server: Server) => Link;
  /** Nothing that it waits for comes any more; what it has sent may take effect or not. */
  readonly crash: () => void;
  readonly freeze: () => void;
  /** All that came while it was frozen comes now. */
  readonly resume: () => void;
  /** The run is over: nothing is answered any more, so that whatever still waits can be let go. */
  readonly release: () => void;
  /** What a client asks of it; rejects when the process ends, or does not answer in time. */
  readonly serve: <T>(request: () => Promise<T>, withinMillis: number) => Promise<T>;
}

/** The connection to a process broke, or it did not answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export function createProcess(
  name: string,
  scheduler: Scheduler,
  network: Network,
  skewMillis: number,
): Process {
  let alive = true;
  let frozen = false;
  let released = false;
  let held: (() => void)[] = [];
  const ends = new Set<() => void>();

  const deliver = (action: () => void): void => {
    if (!alive) return;
    if (frozen) held.push(action);
    else action();
  };
  const later = (millis: number, action: () => void): void => scheduler.after(millis, () => deliver(action));

  function call<T>(server: Server, operation: string, effect: () => T): Promise<T> {
    if (released) return Promise.reject(new LinkError(operation, false));
    return new Promise((resolve, reject) => {
      const { there, back, lost, twice } = network.fate(process, server, operation);
      const fail = (sent: boolean): void => later(back, () => reject(new LinkError(operation, sent)));
      const dies = scheduler.chance(0.5);
      scheduler.after(there, () => {
        if (!alive && dies) return;
        if (!network.reaches(process, server)) {
          fail(false);
          return;
        }
        if (lost === 'request') {
          fail(true);
          return;
        }
        network.passing(process, operation, 'before');
        if (!alive && dies) return;
        const life = network.life(server);
        const answer = attempt(() => {
          if (twice) effect();
          return effect();
        });
        scheduler.note(name, answer.ok ? operation : `${operation}: ${String(answer.error)}`);
        network.passing(process, operation, 'after');
        later(back, () => {
          if (lost === 'reply' || life !== network.life(server)) reject(new LinkError(operation, true));
          else if (answer.ok) resolve(answer.value);
          else reject(answer.error);
        });
      });
    });
  }

  const process: Process = {
    name,
    isAlive: () => alive,
    isFrozen: () => frozen,
    clock: {
      now: () => scheduler.now() + skewMillis,
      monotonic: () => scheduler.now(),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) {
            resolve();
            return;
          }
          const end = (): void => {
            signal.removeEventListener('abort', end);
            resolve();
          };
          signal.addEventListener('abort', end);
          later(ms + scheduler.random(), end);
        }),
    },
    link: (server) => ({
      call: (operation, effect) => call(server, operation, effect),
      tell: (operation, heard) => {
        const { there, lost } = network.fate(process, server, operation);
        if (lost === null && network.reaches(process, server)) later(there, heard);
      },
      pause: (millis) => new Promise((resolve) => later(millis, resolve)),
    }),
    crash: () => {
      alive = false;
      held = [];
      for (const end of [...ends]) end();
    },
    freeze: () => {
      frozen = true;
    },
    resume: () => {
      frozen = false;
      const came = held;
      held = [];
      for (const action of came) scheduler.after(scheduler.random(), () => deliver(action));
    },
    release: () => {
      released = true;
    },
    serve: (request, withinMillis) =>
      new Promise((resolve, reject) => {
        const fail = (): void => {
          ends.delete(fail);
          reject(new NoAnswerError(name));
        };
        if (!alive) {
          fail();
          return;
        }
        ends.add(fail);
        scheduler.after(withinMillis, fail);
        deliver(() => {
          request()
            .then(resolve, reject)
            .finally(() => ends.delete(fail));
        });
      }),
  };
  return process;
}

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

function attempt<T>(effect: () => T): Answer<T> {
  try {
    return { ok: true, value: effect() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
