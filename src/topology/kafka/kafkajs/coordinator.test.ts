/** The coordinator of a group, when it restarts or freezes. */
import { describe, expect, it } from '@jest/globals';
import { type Broker, type Cluster, clusters } from './internals.ts';
import './repairs.ts';

type Behave = (node: number) => Promise<unknown>;

/** Two brokers; `present` coordinates the group. */
function scene(behave: Behave) {
  const asked: number[] = [];
  const state = { present: 1, behave };
  const broker = (nodeId: number) =>
    ({
      nodeId,
      isConnected: () => nodeId === state.present,
      offsetCommit: () => {
        asked.push(nodeId);
        return state.behave(nodeId);
      },
    }) as unknown as Broker;
  const brokers = new Map([1, 2].map((id) => [id, broker(id)]));
  const cluster = Object.assign(Object.create(clusters) as Cluster, {
    retrier: (attempt: (bail: (error: unknown) => void) => Promise<unknown>) =>
      attempt((error) => {
        throw error;
      }),
    findGroupCoordinatorMetadata: () => Promise.resolve({ coordinator: { nodeId: state.present } }),
    findBroker: ({ nodeId }: { readonly nodeId: number }) => Promise.resolve(brokers.get(nodeId)),
    refreshMetadata: () => Promise.resolve(),
  });
  return { cluster, asked, state };
}

const notCoordinator = Object.assign(new Error('not the coordinator'), {
  name: 'KafkaJSProtocolError',
  type: 'NOT_COORDINATOR_FOR_GROUP',
  retriable: true,
});

describe('the coordinator of a group', () => {
  it('is looked up again by who asked the former one', async () => {
    const { cluster, asked, state } = scene(() => Promise.resolve());
    const coordinator = await cluster.findGroupCoordinator({ groupId: 'group' });
    await coordinator.offsetCommit({});
    state.present = 2;
    state.behave = (node) => (node === 1 ? Promise.reject(notCoordinator) : Promise.resolve());
    expect(coordinator.isConnected()).toBe(true);
    await expect(coordinator.offsetCommit({})).rejects.toBe(notCoordinator);
    await coordinator.offsetCommit({});
    expect(asked).toEqual([1, 1, 2]);
  });

  it('is not waited for when another one coordinates the group', async () => {
    const { cluster, asked, state } = scene((node) =>
      node === 1 ? new Promise<never>(() => undefined) : Promise.resolve(),
    );
    const coordinator = await cluster.findGroupCoordinator({ groupId: 'group' });
    const failed = expect(coordinator.offsetCommit({})).rejects.toThrow('another broker');
    state.present = 2;
    await failed;
    await coordinator.offsetCommit({});
    expect(asked).toEqual([1, 2]);
  });
});
