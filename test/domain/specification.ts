import type { Actor, CommandBody } from '../../src/domain/command.ts';
import type { RejectionCode } from '../../src/domain/decision.ts';
import { type Bucket, bucketOf, handle, type Handled, type Logged } from '../../src/domain/handle.ts';
import { emptyQueue, type Queue } from '../../src/domain/queue.ts';
import { type Rules, rulesVersion } from '../../src/domain/rulesVersion.ts';
import type { Waiting } from '../../src/domain/waiting.ts';
import { senderOf } from './senders.ts';

/**
 * Given a history, when a command, then what came of it: a specification of the rules that reads as a sentence, in the
 * spirit of emmett's deciderSpecification. Test support; the steps to tell histories with stand in `steps.ts`.
 */

/** A queue, what it remembers, and all that led there. */
export interface Story {
  readonly queue: Queue;
  readonly buckets: ReadonlyMap<number, Bucket>;
  /** The broker's clock. */
  readonly now: number;
  /** The rules that decide what comes next. */
  readonly rules: Rules;
  readonly trail: readonly { readonly logged: Logged; readonly handled: Handled }[];
}

export type Step = (story: Story) => Story;

/** 2025-10-02T12:00+09:00. */
export const noon = 1_759_374_000_000;

export const beginning: Story = {
  queue: emptyQueue(1),
  buckets: new Map(),
  now: noon,
  rules: rulesVersion,
  trail: [],
};

/** From here on a build with these rules decides. */
export const decidedBy =
  (rules: Rules): Step =>
  (story) => ({ ...story, rules });

/** Handles a command as the engine does: with the one bucket that its id names. */
export function handled(story: Story, logged: Logged): Story {
  const index = bucketOf(logged.command.commandId);
  const result = handle(story.queue, story.buckets.get(index) ?? [], logged, story.rules);
  return {
    queue: result.queue,
    buckets: new Map(story.buckets).set(index, result.bucket),
    now: story.now,
    rules: story.rules,
    trail: [...story.trail, { logged, handled: result }],
  };
}

/** The nth command id of a story: a UUID whose last digits differ from its neighbours'. */
export const commandId = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** One command, logged now, by its usual sender and under an id of its own unless told otherwise. */
export const ask =
  (body: CommandBody, by: { role?: Actor['role']; user?: number | string; id?: string } = {}): Step =>
  (story) => {
    const actor = {
      role: by.role ?? senderOf(body).role,
      id: by.user === undefined ? null : String(by.user),
    };
    const { restaurantId } = story.queue;
    const id = by.id ?? commandId(story.trail.length);
    const command = { ...body, commandId: id, restaurantId, actor, issuedAt: story.now };
    return handled(story, { command, bodyHash: JSON.stringify([body, actor]), appendedAt: story.now });
  };

/** What the last command came to, in the words of an assertion. */
export interface Then extends Handled {
  readonly story: Story;
  /** The events without their stamps. */
  readonly happened: readonly object[];
  readonly refused: RejectionCode | null;
  /** The nth waiting of restaurant 1 as it now is. */
  readonly waiting: (n: number) => Waiting | undefined;
}

/** Takes steps that must all be accepted, then one that may be refused. */
export function given(...history: Step[]): { story: Story; when: (step: Step) => Then } {
  const story = history.reduce((before, step) => step(before), beginning);
  for (const { logged, handled } of story.trail) {
    const { rejection } = handled.outcome;
    if (rejection) throw new Error(`given a refused ${logged.command.type}: ${rejection.detail}`);
  }
  return { story, when: (step) => then(step(story)) };
}

function then(story: Story): Then {
  const handled = story.trail.at(-1)?.handled;
  if (!handled) throw new Error('nothing was asked');
  return {
    ...handled,
    story,
    happened: handled.events.map((event) => ({
      ...event,
      restaurantId: undefined,
      version: undefined,
      at: undefined,
    })),
    refused: handled.outcome.rejection?.code ?? null,
    waiting: (n) => story.queue.waitings.find((each) => each.waitingId === 10_000_000 + n),
  };
}
