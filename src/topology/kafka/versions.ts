import {
  addPartitionsToTxnV3,
  apiVersionsV3,
  type Broker,
  type Connection,
  endTxnV3,
  findCoordinatorV4,
  initProducerIdV4,
  metadataV11,
  produceV9,
} from '@platformatic/kafka';
import { UnfitError } from '../errors.ts';
import type { Brokers } from './brokers.ts';

/**
 * From this version on the leader of a partition asks the coordinator whether a transaction has begun before it writes
 * the first of its records (KIP-890, 3.6): a batch that comes after the end of its transaction is refused. Brokers tell
 * no version, but which requests they know: what came with the next one is what can be asked for.
 */
export const oldestKafka = '3.7';
const newIn37 = { name: 'Produce', key: produceV9.api.key, version: 10 };

/** What transactions ask of brokers, in the one version that they speak. kafkajs speaks several. */
const spoken = Object.entries({
  Produce: produceV9.api,
  Metadata: metadataV11.api,
  FindCoordinator: findCoordinatorV4.api,
  InitProducerId: initProducerIdV4.api,
  AddPartitionsToTxn: addPartitionsToTxnV3.api,
  EndTxn: endTxnV3.api,
}).map(([name, { key, version }]) => ({ name, key, version }));

/** A broker that we cannot work with. */
export interface Unsupported {
  /** host:port. */
  readonly broker: string;
  readonly why: string;
}

/** How long a broker may take to say what it knows (ms); one that is down is not in the way of the others. */
const answerWithinMillis = 3_000;

/** The brokers of the cluster, of those that answer, that are too old for us, or too new. */
export async function unsupported({ leaders, pool: newPool }: Brokers): Promise<readonly Unsupported[]> {
  const pool = newPool('versions', answerWithinMillis);
  const ask = async (broker: Broker): Promise<readonly Unsupported[]> => {
    const why = await pool.get(broker).then(lacks, () => null);
    return why === null ? [] : [{ broker: `${broker.host}:${broker.port}`, why }];
  };
  try {
    await leaders.refresh();
    return (await Promise.all(leaders.brokers().map(ask))).flat();
  } finally {
    await pool.close();
  }
}

/** null: nothing, or it does not say. */
async function lacks(connection: Connection): Promise<string | null> {
  const answer = await apiVersionsV3.api.async(connection, 'waiting', '1').catch(() => null);
  if (!answer) return null;
  const range = new Map(answer.apiKeys.map((each) => [each.apiKey, each]));
  if ((range.get(newIn37.key)?.maxVersion ?? 0) < newIn37.version)
    return `it is older than Kafka ${oldestKafka}`;
  const strange = spoken.filter(({ key, version }) => {
    const { minVersion = 1, maxVersion = 0 } = range.get(key) ?? {};
    return version < minVersion || version > maxVersion;
  });
  const named = strange.map(({ name, version }) => `${name} v${version}`);
  return named.length === 0 ? null : `it does not know ${named.join(', ')}`;
}

/** Throws when there is such a broker, and says which. */
export async function requireSupported(brokers: Brokers): Promise<void> {
  const found = await unsupported(brokers);
  if (found.length === 0) return;
  const told = found.map(({ broker, why }) => `${broker}: ${why}`).join('; ');
  throw new UnfitError(`Kafka ${oldestKafka} or newer is needed (${told})`);
}
