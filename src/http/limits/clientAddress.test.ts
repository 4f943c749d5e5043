import { describe, expect, test } from '@jest/globals';
import { requestFrom } from '../../../test/requestFrom.ts';
import { addressOf, trustOf } from './clientAddress.ts';

const said = (proxies: string): Record<string, string> => ({ 'x-forwarded-for': proxies });

describe('the address of a request', () => {
  test.each([
    ['an address', '203.0.113.7', '203.0.113.7'],
    ['one that the socket has in IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['the network of an IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['the same network, written shortly', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['a socket that is gone', '', ''],
  ])('is %s', (_what, socket, expected) => {
    expect(addressOf(requestFrom(socket), null)).toBe(expected);
  });

  test('is the socket’s, whatever headers say, while no proxy is trusted', () => {
    expect(addressOf(requestFrom('203.0.113.7', said('198.51.100.1')), null)).toBe('203.0.113.7');
    expect(addressOf(requestFrom('203.0.113.7', said('198.51.100.1')), trustOf('0'))).toBe('203.0.113.7');
  });

  test.each([
    ['1', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    // What the client wrote itself stands before what the proxy has added.
    ['1', '10.0.0.1', '192.0.2.66, 198.51.100.1', '198.51.100.1'],
    ['2', '10.0.0.1', '192.0.2.66, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['10.0.0.0/8', '10.0.0.1', '192.0.2.66, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['10.0.0.0/8', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['loopback, 10.0.0.1', '127.0.0.1', '198.51.100.1, 10.0.0.1', '198.51.100.1'],
    ['loopback', '::1', '2001:db8::1', '2001:db8::/64'],
    ['1', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['1', '10.0.0.1', '198.51.100.1:4711', '10.0.0.1'],
  ])('with TRUST_PROXY=%s, from %s for %s: %s', (trust, socket, header, expected) => {
    expect(addressOf(requestFrom(socket, said(header)), trustOf(trust))).toBe(expected);
  });
});

test.each(['everybody', '-1', '10.0.0.0/99', '10.0.0.1,,', '1.5'])('%s is nothing to trust', (text) => {
  expect(() => trustOf(text)).toThrow(TypeError);
});
