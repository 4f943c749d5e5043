/** Ports of the local servers: fixed ones for `npm start`, each movable by a variable; free ones for tests. */
import { connect, createServer } from 'node:net';
import getPort from 'get-port';
import { CannotStart } from './cannotStart.ts';

export const variables = {
  http: 'HTTP_PORT',
  kafka: 'KAFKA_PORT',
  registry: 'REGISTRY_PORT',
  redis: 'REDIS_PORT',
  postgres: 'POSTGRES_PORT',
} as const;

export type PortName = keyof typeof variables;
export type Ports = Readonly<Record<PortName, number>>;

const defaults: Ports = { http: 8080, kafka: 9092, registry: 8081, redis: 6379, postgres: 5432 };

const names: readonly PortName[] = ['http', 'kafka', 'registry', 'redis', 'postgres'];

/** Throws when a variable does not hold a port, or when two hold the same. */
export function portsFrom(env: NodeJS.ProcessEnv): Ports {
  const ports = { ...defaults };
  for (const name of names) {
    const text = env[variables[name]];
    if (text === undefined || text === '') continue;
    ports[name] = Number(text);
    if (!Number.isInteger(ports[name]) || ports[name] < 1 || ports[name] > 65_535) {
      throw new CannotStart(`${variables[name]}=${text} is not a port (1 to 65535)`);
    }
  }
  for (const name of names) {
    const twin = names.find((other) => other !== name && ports[other] === ports[name]);
    if (twin) throw new CannotStart(`${variables[name]} and ${variables[twin]} are both ${ports[name]}`);
  }
  return ports;
}

export async function freePorts(): Promise<Ports> {
  const ports = { ...defaults };
  for (const name of names) ports[name] = await freePort();
  return ports;
}

/** get-port remembers what it gave, so two calls never give the same one. */
export function freePort(): Promise<number> {
  return getPort({ host: '127.0.0.1' });
}

/** One message that names every taken port with the variable that moves it; undefined when all are free. */
export async function describeTaken(ports: Ports, needed: readonly PortName[]): Promise<string | undefined> {
  const taken: PortName[] = [];
  for (const name of needed) if (!(await isFree(ports[name]))) taken.push(name);
  if (taken.length === 0) return undefined;
  const lines = taken.map(
    (name) =>
      `  ${ports[name]} (${name}): end what listens there, or choose another with ${variables[name]}=…`,
  );
  return `these ports on 127.0.0.1 are taken:\n${lines.join('\n')}`;
}

async function isFree(port: number): Promise<boolean> {
  // Listening alone is no proof: another process may hold the wildcard address, and ours would hide it.
  if (await accepts('127.0.0.1', port)) return false;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}

/** Whether something accepts connections there within a second. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => {
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('timeout', () => {
      answer(false);
    });
  });
}
