/** Transactions when one of several brokers is frozen, behind the others, or slow to answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type FakeCluster, withFakeCluster } from '../../../test/fakeCluster.ts';
import { topic } from '../../../test/fakeExchanges.ts';
import { FencedError, type OutputRecord, type Transactions } from '../ports.ts';
import { transactions } from './transactions.ts';

const record = (partition: number): OutputRecord => ({ topic, partition, key: 'k', value: Buffer.from('v') });

/** Runs the callback with a producer, which is closed afterwards. */
async function withProducer(
  cluster: FakeCluster,
  callback: (producer: Transactions) => Promise<void>,
): Promise<void> {
  const producer = transactions(cluster.connect(), 'task');
  try {
    await callback(producer);
  } finally {
    await producer.close();
  }
}

const endsOf = ({ asked }: FakeCluster): (boolean | undefined)[] =>
  asked.filter(({ name }) => name === 'end transaction').map(({ commits }) => commits);

describe('a transaction', () => {
  it('does not wait for a broker that is frozen, wherever in the list it is', () =>
    withFakeCluster(3, 1, async (cluster) => {
      cluster.views.fill({ leaders: [1], epoch: 1, coordinator: 2 });
      cluster.behave = ({ broker }) => (broker === 0 ? 'never' : undefined);
      const started = performance.now();
      for (let n = 0; n < 3; n += 1) {
        await withProducer(cluster, async (producer) => {
          await producer.open();
          expect(await producer.commit([record(0)])).toBe(40);
        });
      }
      expect(performance.now() - started).toBeLessThan(8_000);
    }));

  it('goes to the new leader, whatever a broker says that is cut off from the others', () =>
    withFakeCluster(3, 1, async (cluster) => {
      cluster.views.fill({ leaders: [1], epoch: 2, coordinator: 1 });
      cluster.views[0] = { leaders: [0], epoch: 1, coordinator: 0 };
      cluster.behave = ({ broker, name }) => {
        if (broker !== 0) return undefined;
        if (name === 'produce') return 'notLeader';
        return name === 'claim transactions' ? 'notCoordinator' : undefined;
      };
      for (let n = 0; n < 4; n += 1)
        await withProducer(cluster, async (producer) => {
          expect(await producer.commit([record(0)])).toBe(40);
        });
    }));

  it('is not aborted while another leader still writes', () =>
    withFakeCluster(2, 2, async (cluster) => {
      cluster.views.fill({ leaders: [0, 1], epoch: 1, coordinator: 0 });
      const slow = Promise.withResolvers<'none'>();
      cluster.behave = ({ broker, name }) => {
        if (name !== 'produce') return undefined;
        return broker === 0 ? 'refused' : slow.promise;
      };
      await withProducer(cluster, async (producer) => {
        const failed = expect(producer.commit([record(0), record(1)])).rejects.toThrow('Received response');
        await sleep(300);
        expect(cluster.countOf('produce')).toBe(2);
        expect(endsOf(cluster)).toEqual([]);
        slow.resolve('none');
        await failed;
        expect(endsOf(cluster)).toEqual([false]);
      });
    }));

  it('whose records may still come is left to the next producer to end', () =>
    withFakeCluster(2, 2, async (cluster) => {
      const view = { leaders: [0, 1], epoch: 1, coordinator: 0 };
      cluster.views.fill(view);
      cluster.behave = ({ broker, name }) => (name === 'produce' && broker === 1 ? 'never' : undefined);
      await withProducer(cluster, async (producer) => {
        const failed = expect(producer.commit([record(0), record(1)])).rejects.toThrow('another broker');
        await sleep(200);
        Object.assign(view, { leaders: [0, 0], epoch: 2 });
        await failed;
      });
      expect(endsOf(cluster)).toEqual([]);
      await withProducer(cluster, async (producer) => {
        await producer.commit([record(0), record(1)]);
      });
      expect(cluster.countOf('claim transactions')).toBe(2);
      expect(endsOf(cluster)).toEqual([true]);
    }));

  it('fails soon when another broker takes over from a frozen coordinator', () =>
    withFakeCluster(2, 1, async (cluster) => {
      const view = { leaders: [1], epoch: 1, coordinator: 0 };
      cluster.views.fill(view);
      await withProducer(cluster, async (producer) => {
        await producer.commit([record(0)]);
        cluster.behave = ({ broker }) => (broker === 0 ? 'never' : undefined);
        const started = performance.now();
        const failed = expect(producer.commit([record(0)])).rejects.not.toThrow(FencedError);
        view.coordinator = 1;
        await failed;
        expect(performance.now() - started).toBeLessThan(5_000);
      });
      await withProducer(cluster, async (producer) => {
        expect(await producer.commit([record(0)])).toBe(40);
      });
    }));

  it('waits for a partition that nobody leads until somebody does', () =>
    withFakeCluster(2, 1, async (cluster) => {
      const view = { leaders: [-1], epoch: 1, coordinator: 0 };
      cluster.views.fill(view);
      await withProducer(cluster, async (producer) => {
        const committed = producer.commit([record(0)]);
        await sleep(600);
        expect(cluster.countOf('produce')).toBe(0);
        Object.assign(view, { leaders: [1], epoch: 2 });
        expect(await committed).toBe(40);
      });
    }));
});
