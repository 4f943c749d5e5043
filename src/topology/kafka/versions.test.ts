import { describe, expect, it } from '@jest/globals';
import { withFakeCluster } from '../../../test/fakeCluster.ts';
import { requireSupported, unsupported } from './versions.ts';

describe('the versions of brokers', () => {
  it('are well when they know what is asked of them', () =>
    withFakeCluster(2, 1, async (cluster) => {
      await expect(requireSupported(cluster.connect())).resolves.toBeUndefined();
    }));

  it('are too old where a batch of an ended transaction could be written', () =>
    withFakeCluster(1, 1, async (cluster) => {
      cluster.newest.set('produce', 9);
      await expect(requireSupported(cluster.connect())).rejects.toThrow('older than Kafka 3.7');
    }));

  it('name what a broker does not know', () =>
    withFakeCluster(1, 1, async (cluster) => {
      cluster.newest.set('end transaction', 2);
      expect(await unsupported(cluster.connect())).toMatchObject([{ why: 'it does not know EndTxn v3' }]);
    }));

  it('of a broker that is frozen keep nobody from starting', () =>
    withFakeCluster(2, 1, async (cluster) => {
      cluster.behave = ({ broker }) => (broker === 0 ? 'never' : undefined);
      expect(await unsupported(cluster.connect())).toEqual([]);
    }));
});
