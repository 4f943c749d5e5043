import type { Actor, Command, CommandType } from './command.ts';
import { reject, type Rejection } from './decision.ts';
import type { Rules } from './rulesVersion.ts';

/**
 * Who may send what. It is the queue that holds to it, because the ingress is not the only way into the log: others
 * publish straight to Kafka.
 */
const senders: Readonly<Record<CommandType, readonly Actor['role'][]>> = {
  ConfigureRestaurant: ['OWNER', 'SERVICE'],
  RevokePairings: ['OWNER', 'SERVICE'],
  OpenBusinessDay: ['OWNER', 'SERVICE', 'SYSTEM'],
  CloseBusinessDay: ['OWNER', 'SERVICE', 'SYSTEM'],
  RegisterWaiting: ['CUSTOMER', 'SERVICE'],
  CallWaiting: ['OWNER'],
  AnswerCall: ['CUSTOMER'],
  MarkArrived: ['CUSTOMER'],
  MarkEntered: ['OWNER'],
  CancelWaiting: ['CUSTOMER', 'OWNER'],
  DeleteWaiting: ['OWNER', 'SERVICE'],
  DeleteAllWaitings: ['OWNER', 'SERVICE'],
  RegisterNoShow: ['OWNER', 'SERVICE', 'SYSTEM'],
  DeleteNoShow: ['OWNER', 'SERVICE', 'SYSTEM'],
  DeleteAllNoShows: ['OWNER', 'SERVICE', 'SYSTEM'],
  ExpireTimer: ['SYSTEM'],
  ExcuseStall: ['SYSTEM'],
};

/** Why this actor may not send this, whatever the queue is like; null: it may. */
export function forbidden(command: Command, rules: Rules): Rejection | null {
  if (rules < 2) return null;
  const { type, actor } = command;
  const { role } = actor;
  if (!senders[type].includes(role)) {
    return reject('FORBIDDEN', `${role === 'OWNER' ? 'an' : 'a'} ${role} may not send ${type}`);
  }
  if (command.type === 'RegisterWaiting' && !isOwn(actor, command.userId)) {
    return reject('FORBIDDEN', 'a CUSTOMER may not register another user');
  }
  return null;
}

/**
 * Whether what is this user's is the actor's to act on. A customer acts on its own alone; one without an id comes from an
 * ingress that has no identities, and is believed. A `userId` of null is that of nobody known.
 */
export const isOwn = ({ role, id }: Actor, userId: number | null): boolean =>
  role !== 'CUSTOMER' || id === null || (userId !== null && id === String(userId));
