/** What a customer can do: answer a call, say that he is here, cancel. */
import { moveChoices } from './customerView.js';
import { find, say } from './parts.js';

/** @typedef {import('./customer.words.js').Words} Words */
/** @typedef {'waiting_user_coming' | 'waiting_user_arrived' | 'waiting_cancel'} Action */

/** Between the buttons' 5 and 10 minutes: who opens the slider wants neither. */
const betweenButtons = '7';

/**
 * @param {object} options
 * @param {() => Words} options.words
 * @param {(action: Action, body: object) => void} options.ask
 */
export function createControls({ words, ask }) {
  const answer = find('answer', HTMLFieldSetElement);
  const choices = find('choices', HTMLElement);
  const other = find('other', HTMLDetailsElement);
  const moveTime = find('move-time', HTMLInputElement);
  const answerWith = find('answer-with', HTMLButtonElement);
  const arrive = find('arrive', HTMLButtonElement);
  const cancel = find('cancel', HTMLButtonElement);
  const dialog = find('cancel-dialog', HTMLDialogElement);
  const sending = find('sending', HTMLElement);

  const answerIn = (/** @type {number} */ minutes) => ask('waiting_user_coming', { moveTime: minutes });

  /** @param {number} minutes */
  function choice(minutes) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words().comeIn(minutes);
    button.addEventListener('click', () => answerIn(minutes));
    return button;
  }

  function showMoveTime() {
    const minutes = moveTime.valueAsNumber;
    moveTime.setAttribute('aria-valuetext', words().comeIn(minutes));
    say(answerWith, words().answerWith(minutes));
  }

  moveTime.value = betweenButtons;
  moveTime.addEventListener('input', showMoveTime);
  answerWith.addEventListener('click', () => answerIn(moveTime.valueAsNumber));
  arrive.addEventListener('click', () => ask('waiting_user_arrived', {}));
  cancel.addEventListener('click', () => dialog.showModal());
  find('cancel-no', HTMLButtonElement).addEventListener('click', () => dialog.close());
  find('cancel-yes', HTMLButtonElement).addEventListener('click', () => {
    dialog.close();
    ask('waiting_cancel', { actor: 'CUSTOMER' });
  });

  return {
    /**
     * The move times to choose from, in the language that is spoken.
     * @param {number} most
     */
    offer(most) {
      choices.replaceChildren(...moveChoices(most).map(choice));
      moveTime.max = String(most);
      other.hidden = most === 1;
      showMoveTime();
    },
    /** @param {boolean} isSending nothing else can be asked meanwhile */
    show(isSending) {
      answer.disabled = isSending;
      arrive.disabled = isSending;
      cancel.disabled = isSending;
      say(sending, isSending ? words().sending : '');
    },
    /** What was begun in one state is of no use in the next. */
    reset() {
      dialog.close();
      other.open = false;
    },
  };
}
