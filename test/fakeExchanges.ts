/** Kafka's requests as a fake broker reads them, and its answers. */
import { type Reader, Writer } from '@platformatic/kafka';

export const topic = 'topic';

/** Kafka's numbers of the requests. */
export const requests = {
  produce: 0,
  metadata: 3,
  'find coordinator': 10,
  'api versions': 18,
  'claim transactions': 22,
  'add partitions': 24,
  'end transaction': 26,
} as const;
export type RequestName = keyof typeof requests;

export const errors = { none: 0, notLeader: 6, notCoordinator: 16, refused: 87 } as const;
export type Problem = keyof typeof errors;

/** Who leads each partition of the one topic, by broker; −1: nobody. Epochs grow with every change. */
export interface View {
  leaders: number[];
  epoch: number;
  coordinator: number;
}

export interface Asked {
  readonly broker: number;
  readonly name: RequestName;
  /** Of the topic, where the request names any. */
  readonly partitions: readonly number[];
  /** How a transaction is to end. */
  readonly commits?: boolean;
}

/** What all brokers of a fake cluster have in common. */
export interface Kept {
  /** The newest version of a request that they know, where it is not this year's. */
  readonly newest: Map<RequestName, number>;
}

interface Exchange {
  readonly detail?: Partial<Asked>;
  readonly answer: (error: number) => Writer;
}

const noId = '00000000-0000-0000-0000-000000000001';
const throttled = (): Writer => Writer.create().appendInt32(0);
const simple = (error: number): Writer => throttled().appendInt16(error).appendTaggedFields();

/** What a broker makes of a request, and how it answers, with an error or without. */
export function exchangeOf(
  name: RequestName,
  kept: Kept,
  view: View,
  ports: readonly number[],
  body: Reader,
): Exchange {
  switch (name) {
    case 'metadata':
      return { answer: () => metadata(view, ports) };
    case 'find coordinator':
      return {
        answer: (error) =>
          throttled()
            .appendArray([view.coordinator], (w, node) => {
              w.appendString('')
                .appendInt32(node)
                .appendString('127.0.0.1')
                .appendInt32(ports[node] ?? 0);
              w.appendInt16(error).appendString(null);
            })
            .appendTaggedFields(),
      };
    case 'claim transactions':
      return {
        answer: (error) => throttled().appendInt16(error).appendInt64(7n).appendInt16(0).appendTaggedFields(),
      };
    case 'add partitions':
      return {
        answer: () =>
          throttled()
            .appendArray([], () => undefined)
            .appendTaggedFields(),
      };
    case 'end transaction':
      body.readString();
      body.skip(10);
      return { detail: { commits: body.readBoolean() }, answer: simple };
    case 'produce':
      return produced(body);
    case 'api versions':
      return { answer: (error) => apiVersions(kept, error) };
  }
}

const metadata = ({ leaders, epoch }: View, ports: readonly number[]): Writer =>
  throttled()
    .appendArray([...ports], (w, port, node) => {
      w.appendInt32(node).appendString('127.0.0.1').appendInt32(port).appendString(null);
    })
    .appendString('a cluster')
    .appendInt32(0)
    .appendArray([topic], (w) => {
      w.appendInt16(0).appendString(topic).appendUUID(noId).appendBoolean(false);
      w.appendArray(leaders, (each, leader, partition) => {
        each
          .appendInt16(leader < 0 ? 5 : 0)
          .appendInt32(partition)
          .appendInt32(leader)
          .appendInt32(epoch);
        for (let list = 0; list < 3; list += 1) each.appendArray([], () => undefined);
      }).appendInt32(0);
    })
    .appendTaggedFields();

const thisYears = 20;

const apiVersions = ({ newest }: Kept, error: number): Writer =>
  Writer.create()
    .appendInt16(error)
    .appendArray(Object.entries(requests), (w, [name, key]) => {
      w.appendInt16(key)
        .appendInt16(0)
        .appendInt16(newest.get(name as RequestName) ?? thisYears);
    })
    .appendInt32(0)
    .appendTaggedFields();

function produced(body: Reader): Exchange {
  body.readNullableString();
  body.skip(6);
  const partitions = body
    .readArray((r) => {
      r.readString();
      return r.readArray((each) => {
        const partition = each.readInt32();
        each.readBytes();
        return partition;
      });
    })
    .flat();
  return {
    detail: { partitions },
    answer: (error) =>
      Writer.create()
        .appendArray([topic], (w) => {
          w.appendString(topic).appendArray(partitions, (each, partition) => {
            each.appendInt32(partition).appendInt16(error).appendInt64(40n).appendInt64(-1n).appendInt64(0n);
            each.appendArray([], () => undefined).appendString(null);
          });
        })
        .appendInt32(0)
        .appendTaggedFields(),
  };
}
