/** Members of consumer groups whose build does not read what is to be written from now on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, GroupDescription } from 'kafkajs';
import { levelSaidIn } from './assignment.ts';

/** A group that is joining tells nothing of its members: how long it is asked again, and how often (ms). */
const patienceMillis = 30_000;
const againMillis = 250;

/** A process as its group knows it. */
export interface Member {
  readonly group: string;
  /** Its instance id. */
  readonly client: string;
  readonly host: string;
  readonly level: number;
}

/** Those that read up to a lower format level than `level`. Rejects where a group does not come to rest. */
export async function membersBelow(
  admin: Pick<Admin, 'describeGroups'>,
  groups: readonly string[],
  level: number,
): Promise<readonly Member[]> {
  for (const giveUp = Date.now() + patienceMillis; ;) {
    const described = (await admin.describeGroups([...groups])).groups;
    const joining = described.find(({ state, members }) => members.length > 0 && state !== 'Stable');
    if (!joining) return described.flatMap(membersOf).filter((member) => member.level < level);
    if (Date.now() > giveUp) throw new Error(`the members of ${joining.groupId} are still joining it`);
    await sleep(againMillis);
  }
}

const membersOf = ({ groupId, members }: GroupDescription): Member[] =>
  members.map(({ clientId, clientHost, memberMetadata }) => ({
    group: groupId,
    client: clientId,
    host: clientHost.replace(/^\//, ''),
    level: levelSaidIn(memberMetadata),
  }));
