/** A process of the bench's own, such as a client, so that it shares no thread with what is measured. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Child {
  /** Sends a question and resolves with its answer; one at a time. Rejects when the process ends instead. */
  readonly ask: (question: object) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Runs a script of this folder, which `answer`s. */
export function startChild(script: string): Child {
  const child = fork(join(import.meta.dirname, script), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  return {
    ask: async (question) => {
      const answered = once(child, 'message');
      child.send(question);
      const [reply] = (await Promise.race([
        answered,
        ended.then(() => Promise.reject(new Error(`${script} ended instead of answering`))),
      ])) as [unknown];
      return reply;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** In the script: answers every question, and ends with whoever asks, whatever ended them. */
export function answer(reply: (question: unknown) => Promise<object>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: unknown) => {
    void reply(question).then((answered) => process.send?.(answered));
  });
}
