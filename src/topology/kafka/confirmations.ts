import type { Consumer } from 'kafkajs';
import { type Membership, membership } from '../membership.ts';

/**
 * Reads the coordinator's confirmations off the library's events. A heartbeat's own event does not say when its request
 * was sent: the answer may have waited in the socket of a frozen process, and may be older than the fence that the
 * process has met since. The event of the request says it, and comes just before. `joined` is for the caller to call when it has
 * handed on what a join assigned.
 */
export function confirmationsOf(
  consumer: Consumer,
  sessionMillis: number,
): Pick<Membership, 'confirmed'> & { readonly joined: () => void } {
  const member = membership(Date.now, sessionMillis);
  const { REQUEST, HEARTBEAT, REBALANCING, CRASH } = consumer.events;
  const sent = { Heartbeat: 0, SyncGroup: 0 };
  /** A heartbeat in between would confirm a generation whose assignment has not come yet. */
  let joining = true;
  const unsettle = (): void => {
    joining = true;
    member.unsettle();
  };
  consumer.on(REQUEST, ({ payload: { apiName, sentAt } }) => {
    if (apiName === 'JoinGroup') unsettle();
    if (apiName === 'Heartbeat' || apiName === 'SyncGroup') sent[apiName] = sentAt;
  });
  consumer.on(REBALANCING, unsettle);
  consumer.on(CRASH, unsettle);
  consumer.on(HEARTBEAT, () => {
    if (!joining) member.confirm(sent.Heartbeat);
  });
  return {
    confirmed: member.confirmed,
    joined: () => {
      joining = false;
      member.confirm(sent.SyncGroup);
    },
  };
}
