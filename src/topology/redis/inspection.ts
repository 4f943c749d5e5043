import type { Redis } from 'ioredis';

/** Fields of a task's hash, all of one moment. */
export interface Glimpse {
  /** S and the epoch of that moment; null: there is none. */
  readonly next: number | null;
  readonly epoch: number | null;
  readonly cluster: string | null;
  readonly application: string | null;
  readonly fields: readonly (readonly [string, Buffer])[];
}

const fieldsAtOnce = 500;

/**
 * The whole hash of a task, piece by piece, while its owner may go on: every field that is there all the time comes at
 * least once, with the S that its value is of.
 */
export async function* glimpses(redis: Redis, key: string): AsyncGenerator<Glimpse> {
  let cursor = '0';
  do {
    const replies = await redis
      .multi()
      .hmgetBuffer(key, 'S', 'epoch', 'cluster', 'application')
      .hscanBuffer(key, cursor, 'COUNT', fieldsAtOnce)
      .exec();
    const [marks, scanned] = (replies ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    const [next, epoch, cluster, application] = (marks as (Buffer | null)[]).map(
      (mark) => mark?.toString() ?? null,
    );
    const [following, flat] = scanned as [Buffer, Buffer[]];
    const fields: (readonly [string, Buffer])[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [field, value] = [flat[i], flat[i + 1]];
      if (field && value) fields.push([field.toString(), value]);
    }
    yield {
      next: next == null ? null : Number(next),
      epoch: epoch == null ? null : Number(epoch),
      cluster: cluster ?? null,
      application: application ?? null,
      fields,
    };
    cursor = following.toString();
  } while (cursor !== '0');
}

/** How a server keeps what it is given. */
export interface ServerReport {
  readonly policy: string;
  readonly appendOnly: boolean;
  /** `save`; empty: no snapshots. */
  readonly snapshots: string;
  /** Whether the last write of each kind to disk went well. */
  readonly writesWell: boolean;
  readonly usedBytes: number;
  /** null: as much as there is. */
  readonly maxBytes: number | null;
}

export async function inspectServer(redis: Redis): Promise<ServerReport> {
  const setting = async (name: string): Promise<string> => {
    const [, value] = await redis.config('GET', name);
    return value ?? '';
  };
  const [policy, appendOnly, snapshots, info] = await Promise.all([
    setting('maxmemory-policy'),
    setting('appendonly'),
    setting('save'),
    redis.info(),
  ]);
  const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  return {
    policy,
    appendOnly: appendOnly === 'yes',
    snapshots,
    writesWell: ['aof_last_write_status', 'rdb_last_bgsave_status'].every((name) => field(name) !== 'err'),
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')) || null,
  };
}
