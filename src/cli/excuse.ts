import { type Command, InvalidArgumentError } from 'commander';
import { overlap, pendingDeadlines } from '../domain/deadlines.ts';
import { systemCommand } from '../processors/deadlines.ts';
import { queueStore } from '../processors/keys.ts';
import type { Codec } from '../schemas/codec.ts';
import { decodeQueue } from '../schemas/state.ts';
import { topics } from '../schemas/topics.ts';
import { appender } from '../topology/kafka/appender.ts';
import type { RedisClient } from '../topology/redis/connections.ts';
import { glimpses } from '../topology/redis/inspection.ts';
import { taskKey } from '../topology/redis/taskStore.ts';
import { decoding } from './decoding.ts';
import { jsonOption, type Output, print, ToolError } from './ending.ts';
import { environment, reachLog, reachRedis } from './servers.ts';

interface Stretch {
  readonly from: number;
  readonly until: number;
}

export const addExcuse = (program: Command): Command =>
  program
    .command('excuse')
    .summary('give customers back the time of an outage that the log does not show')
    .description(
      [
        'Extends the deadlines that ran in this time, in every queue that has any: for an outage in front of the log, such as of the ingress or the network. Stalls behind it are excused without being asked for.',
        'Both sides are told of the new deadline. The same time again changes nothing, nor does time before a stall that was excused already.',
      ].join('\n\n'),
    )
    .requiredOption(
      '--from <time>',
      'when it began, ISO 8601 with an offset: 2026-11-25T12:00:00+09:00',
      instant,
    )
    .requiredOption('--until <time>', 'when it was over', instant)
    .option(...jsonOption)
    .action(async (options: Output & Stretch) => {
      if (options.from >= options.until) throw new ToolError('--from is not before --until');
      print(options, await excuse(options), ({ restaurants }) =>
        restaurants === 0
          ? 'no deadline ran in that time'
          : `asked ${restaurants} ${restaurants === 1 ? 'restaurant' : 'restaurants'} to extend the deadlines that ran`,
      );
    });

/** An option's value: an instant (ms). A time without an offset is another one on every machine. */
function instant(text: string): number {
  const at = /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a time with an offset, in ISO 8601.');
  return at;
}

async function excuse({ from, until }: Stretch): Promise<{ readonly restaurants: number }> {
  const config = environment();
  const [{ kafka, cluster, codec, formats }, redis] = await Promise.all([
    reachLog(config),
    reachRedis(config),
  ]);
  if (!formats.mayWrite('stalls'))
    throw new ToolError('an older build may still run: `waiting setup --finalize` first');
  const commands = appender(kafka, cluster.partitions);
  await commands.open();
  try {
    let restaurants = 0;
    for (let partition = 0; partition < (cluster.partitions.get(topics.commands) ?? 0); partition += 1) {
      const key = taskKey(config.applicationId, topics.commands, partition);
      for (const restaurantId of await stalledAt(redis, key, codec, { from, until })) {
        const name = `excuse/${restaurantId}/${from}/${until}`;
        const command = systemCommand(
          codec,
          restaurantId,
          name,
          { type: 'ExcuseStall', from, until },
          Date.now(),
        );
        await commands.append({ ...command, topic: topics.commands, partition });
        restaurants += 1;
      }
    }
    return { restaurants };
  } finally {
    await commands.close();
    redis.disconnect();
  }
}

/** The restaurants of a task with a customer's deadline that ran in the stretch. */
async function stalledAt(
  redis: RedisClient,
  key: string,
  codec: Codec,
  stretch: Stretch,
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for await (const { next, fields } of glimpses(redis, key)) {
    if (next === null && fields.length > 0)
      throw new ToolError(`the state at ${key} is being restored: try again`);
    for (const [field, bytes] of fields) {
      if (!field.startsWith(`${queueStore}/`)) continue;
      const queue = await decoding(codec, () => decodeQueue(codec, bytes));
      const ran = pendingDeadlines(queue).some(({ since }) => since !== null && overlap(stretch, since) > 0);
      if (ran) found.add(queue.restaurantId);
    }
  }
  return found;
}
