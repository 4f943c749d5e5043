/** History in memory, as the cases want it. */
import { idOf } from '../../src/domain/queue.ts';
import { directLink, type Link, LinkError } from '../simulation/link.ts';
import { memoryPostgres } from '../simulation/memoryPostgres.ts';
import type { Row, WithWritten } from './historyStore.ts';

const mine = 7;

export const withMemoryWritten: WithWritten = async (callback) => {
  const { tables, historyStore } = memoryPostgres();
  const place = { topic: 'events', partition: 0, cluster: 'here' };
  await callback({
    restaurantId: mine,
    store: (other = {}) => historyStore(directLink, { ...place, ...other }),
    interrupted: (when) => historyStore(breaking(when), place),
    rows: (restaurantId = mine) => {
      const isOf = (each: { readonly restaurant_id: number }): boolean => each.restaurant_id === restaurantId;
      const shown = (id: number, says: string | null, of: Deletable): Row => ({
        n: id - idOf(restaurantId, 0),
        says,
        version: of.version,
        deletedAt: of.deleted_at === null ? null : Date.parse(of.deleted_at),
      });
      const waitings = [...tables.waitings.values()].filter(isOf);
      const noShows = [...tables.noShows.values()].filter(isOf);
      return Promise.resolve({
        events: [...tables.events.values()]
          .filter(isOf)
          .map(({ version }) => version)
          .sort((a, b) => a - b),
        waitings: waitings.map((each) => shown(each.waiting_id, each.status, each)).sort(byId),
        noShows: noShows.map((each) => shown(each.no_show_id, each.reason, each)).sort(byId),
      });
    },
  });
};

interface Deletable {
  readonly version: number;
  readonly deleted_at: string | null;
}

const byId = (a: Row, b: Row): number => a.n - b.n;

const breaking = (when: 'before' | 'after'): Link => ({
  ...directLink,
  call: async (operation, effect) => {
    if (when === 'after') await directLink.call(operation, effect);
    throw new LinkError(operation, when === 'after');
  },
});
