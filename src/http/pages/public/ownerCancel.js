/** Asks why a team is cancelled: its guests are told. */
import { dialogOf } from './ownerDialogs.js';
import { find, say } from './parts.js';

/**
 * @param {() => import('./owner.words.js').Words} words
 * @returns {(waiting: import('./ownerRules.js').Waiting) => Promise<string | null>} asks; null: the team stays
 */
export function createCancelDialog(words) {
  const dialog = dialogOf('cancel-dialog');
  const form = find('cancel-form', HTMLFormElement);
  const title = find('cancel-title', HTMLElement);
  const written = find('cancel-written', HTMLElement);
  const text = find('cancel-text', HTMLInputElement);

  /** @returns {string} the reason that was chosen; '' before that */
  const chosen = () => String(new FormData(form).get('reason') ?? '');

  function showText() {
    const other = chosen() === 'other';
    written.hidden = !other;
    text.required = other;
  }

  form.addEventListener('change', () => {
    showText();
    if (chosen() === 'other') text.focus();
  });

  /** @returns {string} as guests read it */
  function reason() {
    const { cancelReasons } = words();
    const key = chosen();
    if (key === 'other') return text.value.trim();
    return /** @type {Record<string, string>} */ (cancelReasons)[key] ?? '';
  }

  /** @type {(reason: string | null) => void} */
  let answer = () => {};
  form.addEventListener('submit', () => answer(reason()));
  // Browsers tell of it with the next frame, when the dialog may be open again, for another team.
  dialog.addEventListener('close', () => {
    if (!dialog.open) answer(null);
  });

  return ({ ticketNo, userCount }) =>
    new Promise((resolve) => {
      answer(null);
      answer = resolve;
      form.reset();
      showText();
      say(title, words().cancelTitle(ticketNo, userCount));
      dialog.showModal();
    });
}
