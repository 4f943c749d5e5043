import type { Queue } from '../../src/domain/queue.ts';

/** Something that the engine or the rules are built on and that a run does without, to show that the checks find it. */
export const sabotages = [
  'epoch check',
  'S check',
  'outbox',
  'transactional id',
  'confirmation',
  'stall over a takeover',
  'stall that counts once',
] as const;
export type Sabotage = (typeof sabotages)[number];

/** The queue as a rule sees it that forgets which stalls it has excused. */
export const sabotaged = (queue: Queue, sabotage: Sabotage | null): Queue =>
  sabotage === 'stall that counts once' ? { ...queue, excusedUntil: 0 } : queue;
