/**
 * Who may ask what: a row an operation, of the roles that may ever do it. How far each of them reaches is the same on
 * every row: guests, owners, tablets and services to the restaurants that they were given, customers to their own waitings.
 * `ANYONE` is not in the table: whoever has no identity may do everything, which is what `AUTH=open` means.
 */
import { Problem } from '../problems.ts';
import type { Principal, Role } from './principal.ts';

const public_: readonly Role[] = ['STRANGER', 'GUEST', 'CUSTOMER', 'TABLET', 'OWNER', 'SERVICE', 'OPERATOR'];

const access: Readonly<Record<string, readonly Role[]>> = {
  registerWaiting: ['CUSTOMER', 'SERVICE'],
  getWaiting: ['CUSTOMER', 'TABLET', 'OWNER', 'SERVICE'],
  getOrder: ['CUSTOMER', 'TABLET', 'OWNER', 'SERVICE'],
  streamWaiting: ['CUSTOMER', 'TABLET', 'OWNER', 'SERVICE'],
  listWaitings: ['TABLET', 'OWNER', 'SERVICE'],
  callWaiting: ['TABLET', 'OWNER'],
  answerCall: ['CUSTOMER'],
  markArrived: ['CUSTOMER'],
  markEntered: ['TABLET', 'OWNER'],
  cancelWaiting: ['CUSTOMER', 'TABLET', 'OWNER'],
  deleteWaiting: ['OWNER', 'SERVICE'],
  deleteAllWaitings: ['OWNER', 'SERVICE'],

  subscribeToPush: ['CUSTOMER'],
  unsubscribeFromPush: ['CUSTOMER'],
  getPushKey: public_,

  getSummary: ['GUEST', 'CUSTOMER', 'TABLET', 'OWNER', 'SERVICE'],
  joinQueue: ['GUEST'],
  getJoinLink: ['TABLET', 'OWNER', 'SERVICE'],

  registerNoShow: ['TABLET', 'OWNER', 'SERVICE'],
  getNoShow: ['TABLET', 'OWNER', 'SERVICE'],
  listNoShows: ['TABLET', 'OWNER', 'SERVICE'],
  deleteNoShow: ['OWNER', 'SERVICE'],
  deleteAllNoShows: ['OWNER', 'SERVICE'],

  configureRestaurant: ['OWNER', 'SERVICE'],
  openBusinessDay: ['TABLET', 'OWNER', 'SERVICE'],
  closeBusinessDay: ['TABLET', 'OWNER', 'SERVICE'],
  getDayNumbers: ['TABLET', 'OWNER', 'SERVICE'],
  getQueue: ['TABLET', 'OWNER', 'SERVICE'],
  streamQueue: ['TABLET', 'OWNER', 'SERVICE'],
  pairTablet: ['OWNER', 'SERVICE'],
  revokePairings: ['OWNER', 'SERVICE'],

  getCommand: ['GUEST', 'CUSTOMER', 'TABLET', 'OWNER', 'SERVICE'],

  isAlive: public_,
  isReady: public_,
  getMetrics: ['OPERATOR'],
  getOpenApi: public_,
  getAsyncApi: public_,
  getDocs: public_,
  getEventDocs: public_,
  getStyle: public_,
  getCustomerPage: public_,
  getJoinPage: public_,
  getOwnerPage: public_,
  getPageFile: public_,
};

export const isPublic = (operationId: string): boolean => access[operationId]?.includes('STRANGER') ?? false;

/** Throws a Problem: 401 for a stranger, who might be somebody; 403 for a role that may never do this. */
export function requireRole({ role }: Principal, operationId: string): void {
  if (role === 'ANYONE' || access[operationId]?.includes(role)) return;
  if (role === 'STRANGER') throw new Problem('UNAUTHENTICATED', 'this needs a bearer token');
  throw new Problem('FORBIDDEN', `this is not for a ${role.toLowerCase()}`);
}
