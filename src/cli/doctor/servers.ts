import { isCompatible, type SubjectReport } from '../../schemas/inspection.ts';
import type { CompressedTime, DatabaseReport } from '../../history/inspection.ts';
import type { ServerReport } from '../../topology/redis/inspection.ts';
import { type Check, ok, warning, wrong } from './check.ts';

const mebibyte = 1024 * 1024;
/** From this share of its memory on, Redis is soon full: it then refuses to write, and tasks stop. */
const fullShare = 0.8;

export function checkRedis({ policy, appendOnly, snapshots, ...report }: ServerReport): Check[] {
  const { usedBytes, maxBytes } = report;
  const used = `${Math.round(usedBytes / mebibyte)} MiB`;
  return [
    policy === 'noeviction'
      ? ok('redis eviction', 'noeviction')
      : wrong(
          'redis eviction',
          `maxmemory-policy is ${policy}: queues would be dropped`,
          'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its configuration file',
        ),
    !report.writesWell
      ? wrong(
          'redis persistence',
          'the last write to disk failed',
          "see Redis' log and the space on its disk",
        )
      : appendOnly
        ? ok('redis persistence', 'append-only file')
        : warning(
            'redis persistence',
            snapshots === '' ? 'none' : `snapshots alone (${snapshots})`,
            'set appendonly yes; without it every task is rebuilt from Kafka after a restart of Redis',
          ),
    maxBytes === null || usedBytes < fullShare * maxBytes
      ? ok('redis memory', maxBytes === null ? used : `${used} of ${Math.round(maxBytes / mebibyte)} MiB`)
      : warning(
          'redis memory',
          `${used} of ${Math.round(maxBytes / mebibyte)} MiB`,
          'raise maxmemory: when it is full, nothing is decided any more',
        ),
  ];
}

/** `migrations`: those of this build. */
export function checkPostgres(
  { version, compressed, ...found }: DatabaseReport,
  migrations: readonly string[],
): Check[] {
  const done = found.migrations ?? [];
  const pending = migrations.filter((name) => !done.includes(name));
  const newer = done.filter((name) => !migrations.includes(name));
  return [
    ok('postgres', `version ${version}`),
    pending.length > 0
      ? wrong('migrations', `not done: ${pending.join(', ')}`, 'run `waiting setup`')
      : newer.length > 0
        ? warning('migrations', `not of this build: ${newer.join(', ')}`, 'use the newer build')
        : ok('migrations', `${done.length} done, none to do`),
    ...(compressed === null ? [] : [checkTime(compressed)]),
  ];
}

/** Ten minutes to answer may last 100 ms there: right for a demonstration, wrong where guests wait. */
function checkTime({ restaurants, count }: CompressedTime): Check {
  const name = 'compressed time';
  if (count === 0) return ok(name, 'nowhere');
  const more = count > restaurants.length ? ` and ${count - restaurants.length} more` : '';
  return warning(
    name,
    `at restaurant ${restaurants.join(', ')}${more}: a minute is not 60,000 ms`,
    'where guests wait, PUT the settings to /restaurants/<restaurantId> without minuteMillis',
  );
}

export function checkRegistry(subjects: readonly SubjectReport[]): Check[] {
  const few = (some: readonly SubjectReport[]): string => {
    const shown = some.slice(0, 3).map(({ subject }) => subject);
    return shown.join(', ') + (some.length > 3 ? ` and ${some.length - 3} more` : '');
  };
  const missing = subjects.filter(({ id }) => id === null);
  const lost = subjects.filter(({ id, found }) => id !== null && !found);
  const lax = subjects.filter((subject) => subject.id !== null && !isCompatible(subject));
  return [
    missing.length > 0
      ? wrong('schemas', `not registered: ${few(missing)}`, 'run `waiting setup`')
      : lost.length > 0
        ? wrong(
            'schemas',
            `the registry does not find the ids of ${few(lost)}`,
            'bring its storage back: records in the log name these ids',
          )
        : ok('schemas', `${subjects.length} registered, all ids found`),
    lax.length > 0
      ? warning(
          'compatibility',
          `not FULL_TRANSITIVE: ${few(lax)}`,
          'PUT {"compatibility":"FULL_TRANSITIVE"} to /config/<subject> of the registry',
        )
      : ok('compatibility', 'FULL_TRANSITIVE'),
  ];
}
