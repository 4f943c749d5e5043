/** What stands before every route: who is asking, and whether his role may ever ask this. */
import type { IncomingMessage } from 'node:http';
import type { Identify } from './identify.ts';
import { type Principal, stranger } from './principal.ts';
import { isPublic, requireRole } from './table.ts';

/** Answers who is asking; at once wherever `Identify` does. Throws or rejects with a Problem. */
export type Admit = (operationId: string, req: IncomingMessage) => Principal | Promise<Principal>;

export const createAdmit =
  (identify: Identify): Admit =>
  (operationId, req) => {
    // What is everybody's is not refused for a token that is not good.
    if (isPublic(operationId)) return stranger;
    const admitted = (who: Principal): Principal => {
      requireRole(who, operationId);
      return who;
    };
    const who = identify(req);
    return who instanceof Promise ? who.then(admitted) : admitted(who);
  };
