import { expect, test } from '@jest/globals';
import { type Changes, changesOf } from '../../src/history/changes.ts';
import { OvertakenError } from '../../src/history/store.ts';
import { directLink } from './link.ts';
import { memoryPostgres } from './memoryPostgres.ts';

const place = { topic: 'events', partition: 0, cluster: 'here' };
const noShows = (...versions: number[]): Changes =>
  changesOf(
    versions.map((version) => ({
      type: 'NoShowRegistered',
      restaurantId: 1,
      version,
      at: version,
      noShow: {
        noShowId: version,
        userId: 1,
        waitingId: null,
        datesId: null,
        reason: null,
        createdAt: version,
      },
    })),
  );

test('Postgres in memory applies a batch once, with its offset', async () => {
  const postgres = memoryPostgres();
  const store = postgres.historyStore(directLink, place);
  expect(await store.position(3)).toEqual({ cluster: 'here', next: 3 });
  await store.apply(noShows(1, 2), 3, 6);
  await expect(store.apply(noShows(1, 2, 3), 3, 7)).rejects.toThrow(OvertakenError);
  expect(await store.position(0)).toEqual({ cluster: 'here', next: 6 });
  expect([...postgres.tables.noShows.keys()]).toEqual([1, 2]);
});

test('Postgres in memory marks a deleted row once', async () => {
  const postgres = memoryPostgres();
  const store = postgres.historyStore(directLink, place);
  await store.position(0);
  await store.apply(noShows(1), 0, 1);
  const gone = (version: number): Changes =>
    changesOf([{ type: 'NoShowDeleted', restaurantId: 1, version, at: version, noShowId: 1 }]);
  await store.apply(gone(2), 1, 2);
  await store.apply(gone(3), 2, 3);
  expect(postgres.tables.noShows.get(1)).toMatchObject({
    version: 2,
    deleted_at: '1970-01-01T00:00:00.002Z',
  });
});
