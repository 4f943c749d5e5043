/**
 * kafkajs asks once who coordinates a group, when a member joins, and keeps to that broker: after it restarted, every
 * commit of offsets fails until the member joins again (consumer/offsetManager), and a heartbeat or a join that it owes
 * is waited for until it times out. What `findGroupCoordinator` answers here is the coordinator, whichever broker that
 * is at the moment.
 */
import { unlessMoved } from '../moved.ts';
import { type Broker, type Cluster, clusters, type Coordinated } from './internals.ts';
import { isElsewhere } from './passing.ts';

const ofGroup = 0;
const requests = [
  'joinGroup',
  'syncGroup',
  'heartbeat',
  'leaveGroup',
  'offsetCommit',
  'offsetFetch',
] as const;

const { findGroupCoordinator } = clusters;
clusters.findGroupCoordinator = async function (which) {
  const found = await findGroupCoordinator.call(this, which);
  return (which.coordinatorType ?? ofGroup) === ofGroup ? present(this, which, found) : found;
};

/** A broker that is asked by these requests for another one as soon as the group has another coordinator. */
function present(cluster: Cluster, which: Coordinated, found: Broker): Broker {
  let broker = found;
  let lost = false;
  const nodeId = async (): Promise<Broker['nodeId']> => {
    const { coordinator } = await cluster.findGroupCoordinatorMetadata({
      ...which,
      coordinatorType: ofGroup,
    });
    return coordinator.nodeId;
  };
  const isAnother = async (asked: Broker): Promise<boolean> =>
    Number(await nodeId()) !== Number(asked.nodeId);

  async function find(): Promise<Broker> {
    const node = await nodeId();
    // A broker that came since is not known yet, one that went and came may be at another address.
    const again = await cluster.findBroker({ nodeId: node }).catch(() => null);
    if (again) return again;
    await cluster.refreshMetadata();
    return cluster.findBroker({ nodeId: node });
  }

  const ask =
    (name: (typeof requests)[number]) =>
    async (given: object): Promise<unknown> => {
      if (lost) {
        broker = await find();
        lost = false;
      }
      const asked = broker;
      try {
        return await unlessMoved(asked[name](given), () => isAnother(asked));
      } catch (error) {
        if (asked === broker && isElsewhere(error)) lost = true;
        throw error;
      }
    };
  const asking = Object.fromEntries(requests.map((name) => [name, ask(name)]));
  return Object.assign(Object.create(found) as Broker, asking, { isConnected: () => true });
}
