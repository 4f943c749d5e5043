/** Something for the person at the keyboard to change. The message says what; a stack trace would only hide it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
