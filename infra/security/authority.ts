/** Certificates for servers and clients of a local stack, by an authority that nothing else trusts. */
import { generate } from 'selfsigned';

/** Both in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** Made anew at every start; a stack that runs for longer has to be started again. */
const validDays = 90;
/** A clock that was set back a little must not make them worthless. */
const startsEarlierMillis = 60 * 60_000;

export const newAuthority = (): Promise<Pair> =>
  make('restaurant-waiting test authority', [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);

/** For a server of this machine, which is also a client where servers speak to each other. */
export const serverPair = (authority: Pair, name: string): Promise<Pair> =>
  make(
    name,
    [
      ...leaf({ serverAuth: true, clientAuth: true }),
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
    authority,
  );

/** For a client, whom Kafka knows by the common name. */
export const clientPair = (authority: Pair, name: string): Promise<Pair> =>
  make(name, leaf({ clientAuth: true }), authority);

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

const leaf = (usage: { serverAuth?: true; clientAuth: true }): Extensions => [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', ...usage },
];

async function make(name: string, extensions: Extensions, authority?: Pair): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...algorithm,
    notBeforeDate: new Date(Date.now() - startsEarlierMillis),
    notAfterDate: new Date(Date.now() + validDays * 24 * 60 * 60_000),
    extensions,
    ...(authority && { ca: authority }),
  });
  return { cert: made.cert, key: made.private };
}
