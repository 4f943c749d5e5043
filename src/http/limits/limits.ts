/**
 * What nobody may do too often: requests by address before it is known from whom they are, then by principal and kind,
 * and the streams that are open. A refusal is a Problem that says when to go on.
 *
 * Reads are counted by each process for itself: asking Redis would take longer than the read. Who asks several processes
 * in turns may read so much more, and write no more.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, type Registry } from 'prom-client';
import { tooMany } from '../problems.ts';
import { addressOf, type Trust } from './clientAddress.ts';
import { createPlaces } from './openStreams.ts';
import type { SharedCount } from './sharedCount.ts';
import {
  allowances,
  type Kind,
  kinds,
  ofAddress,
  openStreamsOfAddress,
  type Rate,
  type Role,
  roles,
} from './table.ts';
import { createWindows } from './windows.ts';

export interface LimitSettings {
  /** Multiplies every rate and cap of the table; 0: there are none. */
  readonly factor: number;
  /** Streams that this process holds open, whatever the factor. */
  readonly streamsMost: number;
  /** Which proxies are believed; null: none. */
  readonly trust: Trust | null;
  /** Counts writes for all processes; null: this process counts them alone. */
  readonly shared: SharedCount | null;
}

export const defaultLimits: LimitSettings = { factor: 1, streamsMost: 12_000, trust: null, shared: null };

/** Who is asking. `id` is unique within the role; null: nothing is known of him but his address. */
export interface Asker {
  readonly role: Role;
  readonly id: string | null;
}

export interface Limits {
  /** Counts a request by its address. Throws a Problem. */
  readonly address: (req: IncomingMessage) => void;
  /** Counts a request by who asks: at once, but for writes. Throws, or rejects with, a Problem. */
  readonly count: (req: IncomingMessage, who: Asker, kind: Kind) => void | Promise<void>;
  /** Gives a stream its place until `res` closes. Throws a Problem. */
  readonly open: (req: IncomingMessage, res: ServerResponse, who: Asker) => void;
}

const refusals = ['read', 'write', 'registration', 'stream', 'address', 'open_streams', 'full'] as const;
type Refusal = (typeof refusals)[number];

/** `now`: milliseconds of any clock that does not go back. Throws when `metrics` has those of other limits. */
export function createLimits(
  { factor, streamsMost, trust, shared }: LimitSettings,
  metrics: Registry,
  now: () => number = () => performance.now(),
): Limits {
  const limited = new Counter({
    name: 'waiting_http_limited_total',
    help: 'Requests that were refused because there were too many.',
    labelNames: ['kind', 'role'],
    registers: [metrics],
  });
  const alone = new Counter({
    name: 'waiting_http_counted_alone_total',
    help: 'Writes that this process counted for itself, because Redis did not.',
    registers: [metrics],
  });
  // From the start, so that the first refusal is an increase.
  for (const kind of refusals) for (const role of roles) limited.inc({ kind, role }, 0);
  const refused = (kind: Refusal, role: Role): void => limited.inc({ kind, role });

  const count = createWindows(now);
  const scaled = ({ points, seconds }: Rate): Rate => ({ points: Math.ceil(points * factor), seconds });
  const rates = Object.fromEntries(
    roles.map((role) => [
      role,
      Object.fromEntries(kinds.map((kind) => [kind, scaled(allowances[role][kind])])) as Record<Kind, Rate>,
    ]),
  ) as Readonly<Record<Role, Readonly<Record<Kind, Rate>>>>;
  const rateOfAddress = scaled(ofAddress);
  const cap = (streams: number): number => (factor === 0 ? Infinity : Math.ceil(streams * factor));
  const takePlace = createPlaces({
    most: streamsMost,
    ofPrincipal: (role) => cap(allowances[role].openStreams),
    ofAddress: cap(openStreamsOfAddress),
    refused,
  });

  function hold(millis: number, kind: Refusal, role: Role): void {
    if (millis === 0) return;
    refused(kind, role);
    const seconds = Math.ceil(millis / 1_000);
    throw tooMany('TOO_MANY_REQUESTS', `these are too many requests: go on in ${seconds} s`, seconds);
  }

  return {
    address: (req) => {
      if (factor > 0) hold(count(addressOf(req, trust), rateOfAddress), 'address', 'STRANGER');
    },
    count: (req, { role, id }, kind): void | Promise<void> => {
      if (factor === 0) return;
      const [name, key] = [`${role}:${kind}`, id ?? addressOf(req, trust)];
      const rate = rates[role][kind];
      const countHere = (): number => count(`${name}:${key}`, rate);
      // Strangers write nothing: what they try is not worth a way to Redis.
      if (shared && role !== 'STRANGER' && (kind === 'write' || kind === 'registration')) {
        return shared(name, key, rate)
          .catch(() => {
            // An outage is neither to refuse everybody nor to let everybody do anything.
            alone.inc();
            return countHere();
          })
          .then((millis) => hold(millis, kind, role));
      }
      hold(countHere(), kind, role);
    },
    open: (req, res, { role, id }) => {
      const address = addressOf(req, trust);
      const leave = takePlace({ role, key: id ?? address, address });
      // A client may be gone before it is known who it was.
      if (res.closed) leave();
      else res.once('close', leave);
    },
  };
}
