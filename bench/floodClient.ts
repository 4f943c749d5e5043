/** The client of `flood`, a process of its own: one principal that sends more than it may, and does not mind refusals. */
import { constants, setPriority } from 'node:os';
import autocannon from 'autocannon';
import { answer } from './child.ts';

export interface Flood {
  readonly url: string;
  readonly token: string;
  readonly seconds: number;
  readonly parts: readonly FloodPart[];
}

export interface FloodPart {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body: string | null;
  /** Requests a second. */
  readonly rate: number;
}

/** Answers a second. */
export interface Flooded {
  /** Refused with 429. */
  readonly refused: number;
  /** That got further, whatever came of it. */
  readonly through: number;
  /** 5xx, and requests without an answer. */
  readonly failed: number;
}

const connections = 20;

// Who floods does it from a machine of his own: what making requests costs there is not to be taken from the product here.
setPriority(constants.priority.PRIORITY_LOW);

answer(async (asked): Promise<Flooded> => {
  const { parts, ...flood } = asked as Flood;
  const all = await Promise.all(parts.map((part) => send(flood, part)));
  const sum = (field: keyof Flooded): number => all.reduce((total, each) => total + each[field], 0);
  return { refused: sum('refused'), through: sum('through'), failed: sum('failed') };
});

async function send(
  { url, token, seconds }: Omit<Flood, 'parts'>,
  { method, path, body, rate }: FloodPart,
): Promise<Flooded> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const request = { method, path, headers, ...(body !== null && { body }) };
    autocannon(
      { url, requests: [request], connections, overallRate: rate, duration: seconds },
      (error: Error | null, done) => (error ? reject(error) : resolve(done)),
    );
  });
  const refused = result.statusCodeStats?.['429']?.count ?? 0;
  const answered = result['2xx'] + result.non2xx;
  const failed = result.errors + result['5xx'];
  return {
    refused: refused / result.duration,
    through: (answered - refused - result['5xx']) / result.duration,
    failed: failed / result.duration,
  };
}
