/**
 * The ways of a process to several brokers, a proxy each. A client of Kafka goes where brokers say they are, so every
 * process has a listener of its own on each broker, whose advertised address is that of the proxy before it.
 */
import type { Listener } from '../../infra/stack/cluster.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { openProxy, type Proxy } from './proxy.ts';

/** Of one process. */
export interface Wire {
  readonly listener: Listener;
  /** In the order of the brokers' node ids, from 1. */
  readonly proxies: readonly Proxy[];
  /** What the process takes for the brokers. */
  readonly brokers: string;
}

/** One for each of so many processes, to each of so many brokers. */
export const openWires = (processes: number, brokers: number): Promise<Wire[]> =>
  Promise.all(Array.from({ length: processes }, (_, n) => openWire(`WORKER${n + 1}`, brokers)));

async function openWire(name: string, brokers: number): Promise<Wire> {
  const ports: number[] = [];
  while (ports.length < brokers) ports.push(await freePort());
  const ways = await Promise.all(ports.map(async (port) => ({ port, proxy: await openProxy(port) })));
  return {
    listener: { name, ports: ways.map(({ port, proxy }) => ({ port, advertised: proxy.port })) },
    proxies: ways.map(({ proxy }) => proxy),
    brokers: ways.map(({ proxy }) => `127.0.0.1:${proxy.port}`).join(),
  };
}
