/** The places of open streams: each takes memory for as long as somebody looks, so there are only so many. */
import { tooMany } from '../problems.ts';
import type { Role } from './table.ts';

export interface Onlooker {
  readonly role: Role;
  /** Unique within the role. */
  readonly key: string;
  readonly address: string;
}

interface Caps {
  /** Of this process, whoever looks. */
  readonly most: number;
  readonly ofPrincipal: (role: Role) => number;
  /** But for those who hold streams for many. */
  readonly ofAddress: number;
  readonly refused: (kind: 'open_streams' | 'full', role: Role) => void;
}

/** A place becomes free when some stream ends, whenever that is. */
const retryAfterSeconds = 5;

/** Takes a place and answers what gives it back; throws a Problem when there is none. */
export function createPlaces(caps: Caps): (who: Onlooker) => () => void {
  let open = 0;
  const taken = new Map<string, number>();

  const change = (key: string, by: 1 | -1): void => {
    const count = (taken.get(key) ?? 0) + by;
    if (count === 0) taken.delete(key);
    else taken.set(key, count);
  };

  return ({ role, key, address }) => {
    if (open >= caps.most) {
      caps.refused('full', role);
      throw tooMany(
        'TOO_MANY_STREAMS',
        'there are as many streams as this process can hold',
        retryAfterSeconds,
      );
    }
    const forMany = role === 'SERVICE' || role === 'ANYONE';
    const own: readonly (readonly [string, number])[] = [
      [`${role} ${key}`, caps.ofPrincipal(role)],
      ...(forMany ? [] : [[`address ${address}`, caps.ofAddress] as const]),
    ];
    if (own.some(([name, most]) => (taken.get(name) ?? 0) >= most)) {
      caps.refused('open_streams', role);
      throw tooMany('TOO_MANY_REQUESTS', 'there are as many streams open as you may have', retryAfterSeconds);
    }
    open += 1;
    for (const [name] of own) change(name, 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      open -= 1;
      for (const [name] of own) change(name, -1);
    };
  };
}
