/** What all dialogs of the console share: they close by their buttons, and ask once however often a button is pressed. */
import { find, mark, say } from './parts.js';
import { explain, isUnpaired } from './ownerRefusals.js';

/** @typedef {import('./owner.words.js').Words} Words */

/**
 * A dialog of the page, which closes by its buttons with `data-close` as it does by Esc.
 * @param {string} id
 */
export function dialogOf(id) {
  const dialog = find(id, HTMLDialogElement);
  for (const button of dialog.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => dialog.close());
  }
  return dialog;
}

/**
 * Makes a dialog's form do something on the server. It closes when that is done; what was refused is told in it.
 * @param {object} given
 * @param {HTMLDialogElement} given.dialog with one form, and in it one button that submits and one `role=alert`
 * @param {() => Words} given.words
 * @param {() => void} given.onUnpaired
 * @param {() => Promise<void>} given.work
 */
export function submits({ dialog, words, onUnpaired, work }) {
  const button = dialog.querySelector('button[type=submit]');
  const refusal = dialog.querySelector('[role=alert]');
  if (!button || !refusal) throw new Error(`the dialog ${dialog.id} lacks a button or an alert`);
  let busy = false;

  async function submit() {
    if (busy || !button || !refusal) return;
    busy = true;
    mark(button, 'aria-busy', 'true');
    say(refusal, '');
    try {
      await work();
      dialog.close();
    } catch (error) {
      if (isUnpaired(error)) {
        dialog.close();
        onUnpaired();
      } else say(refusal, explain(error, words()));
    } finally {
      busy = false;
      mark(button, 'aria-busy', null);
    }
  }

  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  dialog.addEventListener('close', () => say(refusal, ''));
}
