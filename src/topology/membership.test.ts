import { describe, expect, test } from '@jest/globals';
import { membership } from './membership.ts';

const sessionMillis = 10_000;

/** A member, its clock, and whether it is confirmed once all that can happen has. */
function memberAt(start: number) {
  const time = { now: start };
  const member = membership(() => time.now, sessionMillis);
  async function isConfirmed(since: number): Promise<boolean> {
    const asking = new AbortController();
    let confirmed = false;
    void member.confirmed(since, asking.signal).then(() => (confirmed = !asking.signal.aborted));
    await new Promise(setImmediate);
    asking.abort();
    return confirmed;
  }
  return { time, member, isConfirmed };
}

describe('a member of a group', () => {
  test('is confirmed by what it asked after a moment, not by what it asked before', async () => {
    const { member, isConfirmed } = memberAt(1_000);
    expect(await isConfirmed(0)).toBe(false);
    member.confirm(900);
    expect([await isConfirmed(899), await isConfirmed(900)]).toEqual([true, false]);
    member.confirm(901);
    expect(await isConfirmed(900)).toBe(true);
  });

  test('waits for that, until it is told to stop', async () => {
    const { member } = memberAt(1_000);
    const waiting = member.confirmed(0, new AbortController().signal);
    member.confirm(1_000);
    await waiting;
    const stop = new AbortController();
    const stopped = member.confirmed(2_000, stop.signal);
    stop.abort();
    await stopped;
  });

  test('is not confirmed by an answer that it has slept over, whenever it asked', async () => {
    const { time, member, isConfirmed } = memberAt(1_000);
    member.confirm(1_000);
    time.now += sessionMillis / 2;
    expect(await isConfirmed(0)).toBe(false);
    time.now += sessionMillis;
    member.confirm(7_000);
    expect(await isConfirmed(0)).toBe(false);
    member.confirm(time.now - 10);
    expect(await isConfirmed(0)).toBe(true);
  });

  test('is not confirmed while it joins again', async () => {
    const { member, isConfirmed } = memberAt(1_000);
    member.confirm(1_000);
    member.unsettle();
    expect(await isConfirmed(0)).toBe(false);
    member.confirm(1_000);
    expect(await isConfirmed(0)).toBe(true);
  });
});
