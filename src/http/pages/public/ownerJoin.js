/** The QR code that guests scan to join, to be shown or printed. */
import { dialogOf } from './ownerDialogs.js';
import { find, say } from './parts.js';
import { explain, isUnpaired } from './ownerRefusals.js';

/**
 * @param {object} given
 * @param {import('./api.js').Api} given.api
 * @param {number} given.restaurantId
 * @param {() => import('./owner.words.js').Words} given.words
 * @param {() => void} given.onUnpaired
 */
export function createJoinDialog({ api, restaurantId, words, onUnpaired }) {
  const dialog = dialogOf('join-dialog');
  const code = find('join-code', HTMLImageElement);
  const address = find('join-address', HTMLAnchorElement);
  const print = find('join-print', HTMLButtonElement);
  const refusal = find('join-refusal', HTMLElement);

  /** @param {{ url: string, qr: string } | null} link */
  function show(link) {
    code.hidden = link === null;
    address.hidden = link === null;
    print.hidden = link === null;
    if (link === null) return;
    code.src = `data:image/svg+xml,${encodeURIComponent(link.qr)}`;
    address.href = link.url;
  }

  async function open() {
    show(null);
    say(refusal, '');
    dialog.showModal();
    try {
      show(await api.read(`/restaurants/${restaurantId}/joinLink`));
    } catch (error) {
      if (!isUnpaired(error)) return void say(refusal, explain(error, words()));
      dialog.close();
      onUnpaired();
    }
  }

  print.addEventListener('click', () => window.print());
  find('join', HTMLButtonElement).addEventListener('click', () => void open());
}
