/** The address that a request comes from: the socket's, or the one that proxies which are trusted say it is. */
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Whether an address that a request went through is a proxy's that is believed; hop 0 is the socket's own. */
export type Trust = (address: string, hop: number) => boolean;

/**
 * A number of hops, or addresses, subnets and `loopback`, `linklocal`, `uniquelocal`, with commas, as `trust proxy` of
 * Express has them. Throws for anything else.
 */
export function trustOf(text: string): Trust {
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    return (_address, hop) => hop < hops;
  }
  return proxyAddr.compile(text.split(',').map((part) => part.trim()));
}

/**
 * What to count a request by: an IPv4 address, or the network (/64) of an IPv6 one, where a single client has addresses
 * without number. With no trust in anybody, headers say nothing.
 */
export function addressOf(req: IncomingMessage, trust: Trust | null): string {
  const own = req.socket.remoteAddress ?? '';
  if (trust === null) return networkOf(own);
  const said = proxyAddr(req, trust);
  // A proxy that passes on something else than an address answers for it itself.
  return networkOf(ipaddr.isValid(said) ? said : own);
}

function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
