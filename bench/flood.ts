/**
 * One principal sends twenty times what it may, while another goes on as before: a service that registers customers and
 * reads their queues. What it waits for is measured alone, then beside a customer who floods, then beside an owner.
 */
import { allowances, type Rate } from '../src/http/limits/table.ts';
import { type Client, httpClient, insist, numberIn, openRestaurant } from '../test/http.ts';
import { identities } from '../test/identities.ts';
import { startChild } from './child.ts';
import type { Figure, Run } from './figures.ts';
import type { Flood, Flooded, FloodPart } from './floodClient.ts';
import { type Ask, pacedHttp, registration, restaurantsOf } from './pacedRequests.ts';
import { eachRun, type Say, scenario } from './scenario.ts';
import { openStage } from './stage.ts';

const times = 20;
/** Of the other, a second. */
const pace = { registrations: 100, reads: 200 };
const kinds = ['registrations', 'reads'] as const;
const shares = ['p50', 'p99'] as const;
const flooders = ['customer', 'owner'] as const;
type Flooder = (typeof flooders)[number];

const figures: readonly Figure[] = [
  ...kinds.flatMap((kind): Figure[] => [
    { name: `${kind} of the other, alone: p50`, unit: 'ms' },
    { name: `${kind} of the other, alone: p99`, unit: 'ms' },
  ]),
  ...flooders.flatMap((flooder): Figure[] => [
    { name: `${flooder}: refused with 429`, unit: 'requests/s' },
    { name: `${flooder}: not refused`, unit: 'requests/s' },
    { name: `${flooder}: failed`, unit: 'requests/s', target: { most: 0 } },
    ...kinds.flatMap((kind): Figure[] => [
      { name: `beside the ${flooder}: ${kind} of the other, p50`, unit: 'ms' },
      { name: `beside the ${flooder}: ${kind} of the other, p99`, unit: 'ms' },
      { name: `beside the ${flooder}: ${kind}, p99 ÷ alone`, unit: '×', target: { most: 2 } },
    ]),
  ]),
];

type Size = {
  readonly seconds: number;
  readonly warmUp: number;
  readonly verify: boolean;
};

/** Of the flooders, and the first of the other's. */
const [floodedRestaurant, firstRestaurant] = [1, 1_000];
const guest = 77;

async function run({ seconds, warmUp, verify }: Size, say: Say): Promise<Run> {
  const provider = await identities();
  // With limits as they are by default.
  const stage = await openStage('ingress,queue', 8, { env: { ...provider.env, RATE_LIMIT_FACTOR: '1' } });
  const client = stage.owns(startChild('floodClient.ts'));
  try {
    const worker = await stage.worker();
    await worker.start();
    const { url } = worker;
    const service = await provider.token({ sub: 'kiosks', role: 'service', restaurants: '*' });
    const { call } = showing(service, httpClient(url));
    await openRestaurant({ call }, floodedRestaurant);
    const team = { datesId: 1, userId: guest, userCount: 2, restaurantId: floodedRestaurant };
    const waitingId = numberIn(await insist(call, 'POST', '/waitings', team), 'waitingId');

    const own = restaurantsOf({ rate: pace.registrations, seconds, warmUp });
    const prepare = async (first: number): Promise<() => Promise<Others>> => {
      for (let index = 0; index < own; index += 1) await openRestaurant({ call }, first + index);
      const asks = {
        registrations: (index: number) => registration(url, first + (index % own), index + 1),
        reads: (index: number) => queueOf(url, first + (index % own)),
      };
      return async () => {
        const send = async (kind: (typeof kinds)[number]) => {
          const ask = (index: number): Ask => withToken(service, asks[kind](index));
          const { answer, from } = await pacedHttp({ rate: pace[kind], seconds, warmUp }, ask);
          return { p50: answer.percentile(0.5, from), p99: answer.percentile(0.99, from) };
        };
        const [registrations, reads] = await Promise.all([send('registrations'), send('reads')]);
        return { registrations, reads };
      };
    };

    say('the other alone', 0.1);
    const alone = await (await prepare(firstRestaurant))();
    let result: Run = Object.fromEntries(
      kinds.flatMap((kind) =>
        shares.map((share) => [`${kind} of the other, alone: ${share}`, alone[kind][share]]),
      ),
    );
    for (const [index, flooder] of flooders.entries()) {
      say(`beside the ${flooder}`, 0.35 * (index + 1));
      const goOn = await prepare(firstRestaurant + (index + 1) * own);
      const token = await provider.token(claims[flooder]);
      const flood: Flood = { url, token, seconds: seconds + warmUp, parts: parts[flooder](waitingId) };
      const [beside, flooded] = await Promise.all([goOn(), client.ask(flood) as Promise<Flooded>]);
      result = { ...result, ...compared(flooder, flooded, beside, alone) };
    }
    if (verify) await stage.verify();
    return result;
  } finally {
    await stage.close();
  }
}

/** In milliseconds. */
type Others = Readonly<Record<(typeof kinds)[number], Readonly<Record<(typeof shares)[number], number>>>>;

const compared = (flooder: Flooder, flooded: Flooded, beside: Others, alone: Others): Run => ({
  [`${flooder}: refused with 429`]: flooded.refused,
  [`${flooder}: not refused`]: flooded.through,
  [`${flooder}: failed`]: flooded.failed,
  ...Object.fromEntries(
    kinds.flatMap((kind) => [
      ...shares.map((share) => [
        `beside the ${flooder}: ${kind} of the other, ${share}`,
        beside[kind][share],
      ]),
      [`beside the ${flooder}: ${kind}, p99 ÷ alone`, beside[kind].p99 / alone[kind].p99],
    ]) as (readonly [string, number])[],
  ),
});

const claims = {
  customer: { sub: String(guest), role: 'customer' },
  owner: { sub: 'kim', role: 'owner', restaurants: [floodedRestaurant] },
};

const aSecond = ({ points, seconds }: Rate): number => (times * points) / seconds;

const parts: Readonly<Record<Flooder, (waitingId: number) => readonly FloodPart[]>> = {
  customer: (waitingId) => {
    const { read, write } = allowances.CUSTOMER;
    const arrived = `/waitings/${floodedRestaurant}/${waitingId}/actions/waiting_user_arrived`;
    return [
      { method: 'GET', path: `/waitings/${waitingId}`, body: null, rate: aSecond(read) },
      { method: 'POST', path: arrived, body: '{}', rate: aSecond(write) },
    ];
  },
  owner: () => {
    const { read, write } = allowances.OWNER;
    const restaurant = `/restaurants/${floodedRestaurant}`;
    return [
      { method: 'GET', path: `${restaurant}/queue`, body: null, rate: aSecond(read) },
      { method: 'PUT', path: restaurant, body: '{"name":"A restaurant"}', rate: aSecond(write) },
    ];
  },
};

const withToken = (token: string, ask: Ask): Ask => ({
  ...ask,
  headers: { ...ask.headers, authorization: `Bearer ${token}` },
});

const queueOf = (url: string, restaurantId: number): Ask => ({
  method: 'GET',
  url: `${url}/restaurants/${restaurantId}/queue`,
  headers: {},
  body: null,
  status: 200,
});

const showing = (token: string, { call }: Client): Pick<Client, 'call'> => ({
  call: (method, path, body, headers) =>
    call(method, path, body, { ...headers, authorization: `Bearer ${token}` }),
});

export const flood = scenario<Size>({
  about: 'what one principal waits for while another sends twenty times what it may',
  sizes: {
    quick: { seconds: 4, warmUp: 3, verify: true },
    full: { seconds: 20, warmUp: 5, verify: true },
  },
  figures: () => figures,
  measure: eachRun(run),
});
