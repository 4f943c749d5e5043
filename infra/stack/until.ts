/** Waiting for a condition: asks again until it holds. */
import { setTimeout as sleep } from 'node:timers/promises';

/** False when it did not hold within `patience` (ms). Asks every `pause` (ms). */
export async function until(
  holds: () => boolean | Promise<boolean>,
  patience: number,
  pause = 100,
): Promise<boolean> {
  const end = Date.now() + patience;
  for (;;) {
    if (await holds()) return true;
    if (Date.now() >= end) return false;
    await sleep(pause);
  }
}
