/**
 * How often who may ask what, and how many streams they may hold open: all of it, in one place. People get windows of
 * seconds, so that a busy moment is not refused; programs get a second, so that they hear soon that they are too fast.
 */
import type { Description } from '../routes.ts';

/**
 * A stranger has no identity, or none that is believed; anyone needs none (`AUTH=open`); guests share the link of a sign.
 * These are known by address.
 */
export const roles = [
  'GUEST',
  'CUSTOMER',
  'TABLET',
  'OWNER',
  'SERVICE',
  'OPERATOR',
  'STRANGER',
  'ANYONE',
] as const;
export type Role = (typeof roles)[number];

/** What is counted apart. `stream`: the opening of one. */
export const kinds = ['read', 'write', 'registration', 'stream'] as const;
export type Kind = (typeof kinds)[number];

/** So many in a window of so many seconds, which begins with the first. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

export interface Allowance extends Readonly<Record<Kind, Rate>> {
  /** Streams that may be open at once, of one ingress. */
  readonly openStreams: number;
}

const rate = (points: number, seconds: number): Rate => ({ points, seconds });

/** Asks for many, whom it knows and may limit itself. */
const program: Allowance = {
  read: rate(4_000, 1),
  write: rate(2_000, 1),
  registration: rate(1_000, 1),
  stream: rate(500, 1),
  openStreams: 10_000,
};

/** A restaurant's guests may all come by its own network. */
const unknown: Allowance = {
  read: rate(250, 5),
  write: rate(100, 5),
  registration: rate(20, 60),
  stream: rate(20, 10),
  openStreams: 5,
};

const staff: Allowance = {
  read: rate(500, 5),
  write: rate(100, 5),
  registration: rate(20, 60),
  stream: rate(20, 10),
  openStreams: 20,
};

export const allowances: Readonly<Record<Role, Allowance>> = {
  CUSTOMER: {
    read: rate(50, 5),
    write: rate(25, 5),
    registration: rate(10, 60),
    stream: rate(10, 10),
    openStreams: 5,
  },
  TABLET: staff,
  OWNER: staff,
  SERVICE: program,
  OPERATOR: staff,
  GUEST: unknown,
  STRANGER: unknown,
  ANYONE: program,
};

/** All that comes from one address, before it is known from whom: there may be a whole network, or a service, behind it. */
export const ofAddress: Rate = rate(5_000, 1);

/** Open streams of one address, but for those of services and of anyone, which hold them for many. */
export const openStreamsOfAddress = 2_000;

/** As what a request for a route counts; null: by its address alone. */
export function kindOf({ kind, operationId }: Pick<Description, 'kind' | 'operationId'>): Kind | null {
  switch (kind) {
    case 'write':
      return operationId === 'registerWaiting' || operationId === 'joinQueue' ? 'registration' : 'write';
    case 'note':
      return 'write';
    case 'read':
    case 'look':
      return 'read';
    case 'stream':
      return 'stream';
    case 'operation':
      return null;
  }
}
