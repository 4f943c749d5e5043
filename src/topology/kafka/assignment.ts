/**
 * The assignor of the consumer groups is the library's round robin, so that builds of before share a group with this one.
 * Besides, a member says in its subscription up to which format level its build reads.
 */
import { AssignerProtocol, type MemberMetadata, type PartitionAssigner, PartitionAssigners } from 'kafkajs';
import { newestLevel } from '../../schemas/formats.ts';

export const roundRobinSayingLevel: PartitionAssigner = (config) => {
  const assigner = PartitionAssigners.roundRobin(config);
  return {
    ...assigner,
    protocol: ({ topics }) => ({
      name: assigner.name,
      metadata: subscription({
        version: assigner.version,
        topics,
        userData: Buffer.from(String(newestLevel)),
      }),
    }),
  };
};

const subscription = (said: MemberMetadata): Buffer => AssignerProtocol.MemberMetadata.encode(said);

/** The level in a member's subscription; 0: its build is from before there were levels, and says none. */
export const levelSaidIn = (said: Buffer): number =>
  Number(AssignerProtocol.MemberMetadata.decode(said)?.userData.toString() ?? '');
