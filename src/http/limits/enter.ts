/** What stands before every route: who is asking, whether he may ever ask this, and whether he asks too often. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admit } from '../access/admit.ts';
import { type Principal, stranger } from '../access/principal.ts';
import { Problem } from '../problems.ts';
import type { Description } from '../routes.ts';
import type { Asker, Limits } from './limits.ts';
import { kindOf } from './table.ts';

/** Answers who is asking; at once wherever `Admit` does, but for writes. Throws or rejects with a Problem. */
export type Enter = (
  about: Pick<Description, 'kind' | 'operationId'>,
  req: IncomingMessage,
  res: ServerResponse,
) => Principal | Promise<Principal>;

export function createEnter(admit: Admit, limits: Limits): Enter {
  /** Trying tokens, or routes, is limited like asking without one: who it was is not known, or must not matter. */
  const turnAway = (about: Parameters<Enter>[0], req: IncomingMessage, problem: unknown): never => {
    if (problem instanceof Problem && problem.status < 500) {
      void limits.count(req, askerOf(stranger), kindOf(about) ?? 'read');
    }
    throw problem;
  };

  return (about, req, res) => {
    const kind = kindOf(about);
    const counted = (who: Principal): Principal | Promise<Principal> => {
      if (kind === null) return who;
      const asker = askerOf(who);
      const counting = limits.count(req, asker, kind);
      if (counting) return counting.then(() => who);
      if (kind === 'stream') limits.open(req, res, asker);
      return who;
    };
    let who: Principal | Promise<Principal>;
    try {
      who = admit(about.operationId, req);
    } catch (problem) {
      return turnAway(about, req, problem);
    }
    return who instanceof Promise
      ? who.then(counted, (problem: unknown) => turnAway(about, req, problem))
      : counted(who);
  };
}

const askerOf = (who: Principal): Asker => {
  if ('userId' in who) return { role: who.role, id: String(who.userId) };
  return { role: who.role, id: 'id' in who ? who.id : null };
};
