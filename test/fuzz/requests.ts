/** Requests as bytes: good ones, and those that no client library would send. */
import type { Dice } from './dice.ts';

/** What is sent on a connection, piece by piece. */
export interface Exchange {
  readonly mutation: string;
  readonly pieces: readonly Buffer[];
  /** The only answer that there may be, and the connection ends with it. */
  readonly only?: number;
}

/** What ids in requests may hit. */
export interface Targets {
  readonly restaurants: readonly number[];
}

interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const json = 'application/json';

function goodRequest(dice: Dice, { restaurants }: Targets): Request {
  const restaurantId = dice.pick(restaurants);
  const waitingId = restaurantId * 10_000_000 + dice.between(1, 5);
  const headers: [string, string][] = [['Host', 'localhost']];
  const read = (target: string): Request => ({ method: 'GET', target, headers, body: '' });
  const write = (method: string, target: string, body: object): Request => {
    const text = JSON.stringify(body);
    return {
      method,
      target,
      headers: [...headers, ['Content-Type', json], ['Content-Length', String(Buffer.byteLength(text))]],
      body: text,
    };
  };
  const action = (name: string, body: object = {}): Request =>
    write('POST', `/waitings/${restaurantId}/${waitingId}/actions/${name}`, body);
  return dice.pick<() => Request>([
    () => read(`/waitings/${waitingId}`),
    () => read(`/waitings/order/${restaurantId}/${waitingId}`),
    () => read(`/waitings?restaurantId=${restaurantId}&status=WAITING&limit=${dice.between(1, 100)}`),
    () => read(`/restaurants/${restaurantId}/queue`),
    () => read(`/noShows?restaurantId=${restaurantId}`),
    () => read(`/commands/${dice.uuid()}?restaurantId=${restaurantId}`),
    () => read('/health/live'),
    () => read('/openapi.json'),
    () =>
      write('POST', '/waitings', { datesId: 1, userId: dice.between(1, 1_000), userCount: 2, restaurantId }),
    () => action('waiting_call'),
    () => action('waiting_user_coming', { moveTime: dice.between(1, 20) }),
    () => action('waiting_cancel', { actor: 'OWNER', reason: '만석' }),
    () => write('POST', '/noShows', { restaurantId, userId: dice.between(1, 1_000) }),
    () => write('PUT', `/restaurants/${restaurantId}`, { name: '다예약', maxTeams: dice.between(1, 50) }),
    () => ({ method: 'DELETE', target: `/waitings/${waitingId}`, headers, body: '' }),
  ])();
}

const bytesOf = ({ method, target, headers, body }: Request, end = '\r\n'): Buffer =>
  Buffer.from(
    [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', body].join(
      end,
    ),
  );

const without = ({ headers }: Request, name: string): Request['headers'] =>
  headers.filter(([each]) => each.toLowerCase() !== name);

const chunked = (request: Request, chunks: string): Buffer =>
  bytesOf({
    ...request,
    headers: [...without(request, 'content-length'), ['Transfer-Encoding', 'chunked']],
    body: chunks,
  });

const inChunks = (body: string): string => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;

const oddTargets = [
  '/waitings/%',
  '/waitings/%ff%fe',
  '/waitings/%00',
  '/waitings/..%2f..%2fetc%2fpasswd',
  '//waitings/1',
  '/waitings//1',
  '/waitings/1/',
  '/WAITINGS/1',
  'http://elsewhere/waitings/1',
  '*',
  '?restaurantId=1',
  '/waitings?restaurantId=1&restaurantId=2',
  '/waitings?restaurantId[]=1',
  '/waitings?restaurantId[a]=1',
  '/waitings?__proto__=1&restaurantId=1',
  '/waitings?restaurantId=1&cursor=%F0%9F',
  '/waitings?restaurantId=1&status=WAITING,,',
  '/waitings?restaurantId=1;limit=2',
  '/waitings?&&&===',
  '/waitings/1e3',
  '/waitings/-1',
  '/waitings/9007199254740993',
  '/waitings/０',
  '/docs/../openapi.json',
  '/docs/..%5cstyle.css',
  `/waitings/${'1'.repeat(4_000)}`,
  `/${'a/'.repeat(2_000)}`,
];

const oddHeaders: readonly (readonly [string, string])[] = [
  ['Host', 'elsewhere'],
  ['Host', ''],
  ['Content-Type', 'application/json; charset=utf-7'],
  ['Content-Type', 'application/json; charset='],
  ['Content-Type', 'text/plain'],
  ['Content-Type', ';;;'],
  ['Content-Encoding', 'gzip'],
  ['Content-Encoding', 'br'],
  ['Content-Encoding', 'nothing'],
  ['Expect', '100-continue'],
  ['Expect', 'a miracle'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'h2c'],
  ['Accept', 'text/event-stream;q=x'],
  ['If-None-Match', '*, W/"a", "'],
  ['Idempotency-Key', 'not a uuid'],
  ['Last-Event-ID', '\u0001'],
  ['X-Request-Id', 'a b'],
  ['X-Forwarded-For', '127.0.0.1, ::1'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Authorization', 'Bearer'],
  ['Authorization', `Bearer ${'a.'.repeat(500)}`],
  ['Cookie', '__proto__=1'],
  ['traceparent', '00-0-0-0'],
  ['Range', 'bytes=0-0,-1'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['Origin', 'null'],
];

const oddBodies = [
  '',
  '{',
  'null',
  '[]',
  '1',
  '"text"',
  '{"a":1,"a":2}',
  '{"__proto__":{"restaurantId":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"datesId":1e400,"userId":1,"userCount":1,"restaurantId":1}',
  '{"datesId":1.0,"userId":-0,"userCount":1,"restaurantId":1}',
  '{"name":"\\ud800"}',
  '{"name":"\\u0000"}',
  '\ufeff{}',
  '['.repeat(4_000),
  `{"name":"${'a'.repeat(9_000)}"}`,
  '{"name":"\u2028"}',
];

type Spoil = (dice: Dice, request: Request) => Buffer | readonly Buffer[];

const at = (dice: Dice, bytes: Buffer): number => dice.between(0, bytes.length - 1);

const mutations: Readonly<Record<string, Spoil>> = {
  none: (_dice, request) => bytesOf(request),
  'flipped bits': (dice, request) => {
    const bytes = bytesOf(request);
    for (let n = dice.between(1, 6); n > 0; n -= 1) {
      const place = at(dice, bytes);
      bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << dice.between(0, 7)), place);
    }
    return bytes;
  },
  noise: (dice) => dice.bytes(dice.between(1, 400)),
  'noise in between': (dice, request) => {
    const bytes = bytesOf(request);
    dice.bytes(dice.between(1, 10)).copy(bytes, at(dice, bytes));
    return bytes;
  },
  'cut short': (dice, request) => {
    const bytes = bytesOf(request);
    return bytes.subarray(0, at(dice, bytes));
  },
  'a piece taken out': (dice, request) => {
    const bytes = bytesOf(request);
    const from = at(dice, bytes);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + dice.between(1, 10))]);
  },
  'a piece said twice': (dice, request) => {
    const bytes = bytesOf(request);
    const from = at(dice, bytes);
    return Buffer.concat([bytes.subarray(0, from + dice.between(1, 30)), bytes.subarray(from)]);
  },
  'other line ends': (dice, request) => bytesOf(request, dice.pick(['\n', '\r', '\r\n ', '\n\r', '\r\r\n'])),
  'another version': (dice, request) =>
    Buffer.from(
      bytesOf(request)
        .toString()
        .replace('HTTP/1.1', dice.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.10', 'http/1.1', ''])),
    ),
  'another method': (dice, request) =>
    bytesOf({
      ...request,
      method: dice.pick([
        'PATCH',
        'OPTIONS',
        'TRACE',
        'CONNECT',
        'PROPFIND',
        'QUERY',
        'get',
        'PRI',
        'GÉT',
        '',
      ]),
    }),
  'an odd target': (dice, request) => bytesOf({ ...request, target: dice.pick(oddTargets) }),
  'odd headers': (dice, request) =>
    bytesOf({
      ...request,
      headers: [
        ...request.headers,
        ...Array.from({ length: dice.between(1, 3) }, () => dice.pick(oddHeaders)),
      ],
    }),
  'headers without end': (dice, request) =>
    bytesOf({
      ...request,
      headers: [...request.headers, ['X', 'x'.repeat(dice.pick([1_000, 16_000, 40_000]))]],
    }),
  'many headers': (dice, request) =>
    bytesOf({
      ...request,
      headers: [
        ...request.headers,
        ...Array.from({ length: dice.pick([100, 1_000, 3_000]) }, (_, n): [string, string] => [`X${n}`, 'x']),
      ],
    }),
  'an odd body': (dice, request) => {
    const body = dice.pick(oddBodies);
    const length = String(Buffer.byteLength(body));
    return bytesOf({
      ...request,
      method: dice.pick(['POST', 'PUT', request.method]),
      headers: [
        ...without(request, 'content-length').filter(([name]) => name !== 'Content-Type'),
        ['Content-Type', json],
        ['Content-Length', length],
      ],
      body,
    });
  },
  'another length': (dice, request) =>
    bytesOf({
      ...request,
      headers: [
        ...without(request, 'content-length'),
        [
          'Content-Length',
          dice.pick([
            '0',
            '1',
            '-1',
            '+1',
            '0x10',
            '1e1',
            ' 1',
            '1,1',
            '99999',
            '18446744073709551616',
            'NaN',
            '',
          ]),
        ],
      ],
    }),
  'chunks that are right': (_dice, request) => chunked(request, inChunks(request.body)),
  'chunks that are not': (dice, request) =>
    chunked(
      request,
      dice.pick([
        'zz\r\n{}\r\n0\r\n\r\n',
        '-1\r\n{}\r\n0\r\n\r\n',
        'ffffffffffffffff\r\n{}\r\n0\r\n\r\n',
        '2\r\n{}0\r\n\r\n',
        '2\n{}\n0\n\n',
        `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
        '2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n',
        '2\r\n{}\r\n',
        `${'1\r\n \r\n'.repeat(9_000)}0\r\n\r\n`,
      ]),
    ),
  'piece by piece': (dice, request) => {
    const bytes = bytesOf(request);
    const [first, second] = [at(dice, bytes), at(dice, bytes)].sort((a, b) => a - b);
    return [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
  },
};

/** Two ways to say where a request ends: who believes one of them takes the rest for another request. */
const ambiguous: readonly ((request: Request) => Buffer)[] = [
  (request) =>
    bytesOf({
      ...request,
      headers: [
        ...without(request, 'content-length'),
        ['Content-Length', '4'],
        ['Transfer-Encoding', 'chunked'],
      ],
      body: '0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\n\r\n',
    }),
  (request) =>
    bytesOf({
      ...request,
      headers: [...without(request, 'content-length'), ['Content-Length', '2'], ['Content-Length', '3']],
      body: '{}GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n',
    }),
  (request) =>
    bytesOf({
      ...request,
      headers: [...without(request, 'content-length'), ['Transfer-Encoding', 'chunked, identity']],
      body: '0\r\n\r\n',
    }),
];

/** One connection's worth: a request with something wrong, several in a row, or one that must be refused. */
export function anyExchange(dice: Dice, targets: Targets): Exchange {
  if (dice.chance(0.05)) {
    const request = dice.pick(ambiguous)(goodRequest(dice, targets));
    return { mutation: 'two ends', pieces: [request], only: 400 };
  }
  const mutation = dice.pick(Object.keys(mutations));
  const spoil = mutations[mutation];
  const spoilt = spoil ? [spoil(dice, goodRequest(dice, targets))].flat() : [];
  if (!dice.chance(0.2)) return { mutation, pieces: spoilt };
  const before = Array.from({ length: dice.between(1, 4) }, () => bytesOf(goodRequest(dice, targets)));
  return { mutation: `${mutation}, behind others`, pieces: [Buffer.concat([...before, ...spoilt])] };
}
