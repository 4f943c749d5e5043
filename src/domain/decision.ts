import type { Happening } from './event.ts';

/** Why a command was refused; the ingress maps each to a status. */
export const rejectionCodes = [
  'FORBIDDEN',
  'RESTAURANT_NOT_FOUND',
  'DATES_NOT_FOUND',
  'WAITING_NOT_FOUND',
  'NO_SHOW_NOT_FOUND',
  'OUTSIDE_BUSINESS_HOURS',
  'PARTY_SIZE',
  'ALREADY_WAITING',
  'QUEUE_FULL',
  'CALL_PENDING',
  'CALL_LAPSED',
  'INVALID_TRANSITION',
  'MOVE_TIME',
  'COMMAND_REUSED',
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

export const isRejectionCode = (code: string): code is RejectionCode =>
  rejectionCodes.some((each) => each === code);

/** A refusal is data: a code for programs and a sentence for people. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly detail: string;
}

/** What a rule answers: what happens, which may be nothing, or a refusal. */
export type Decision = readonly Happening[] | Rejection;

export const reject = (code: RejectionCode, detail: string): Rejection => ({ code, detail });

export const isRejection = (decision: readonly unknown[] | Rejection): decision is Rejection =>
  'code' in decision;

/** Nothing to do: the command is accepted because what it asks for is already so. */
export const nothing: readonly Happening[] = [];
