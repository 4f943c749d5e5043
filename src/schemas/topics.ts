import type { Kind } from './load.ts';

/** Which topic the records of a schema folder travel on. `types` are parts of others and travel on none. */
export const topics = {
  commands: 'waiting.commands',
  events: 'waiting.events',
  notifications: 'waiting.notifications',
  timers: 'waiting.timers',
  changelog: 'waiting.queue-changelog',
  dlq: 'waiting.commands.dlq',
} as const satisfies Record<Exclude<Kind, 'types'>, string>;

export type Topic = (typeof topics)[keyof typeof topics];

/** How many partitions the second has beyond the first is the format level (`formats.ts`). */
export const levelTopics = { source: topics.commands, changelog: topics.changelog } as const;

/** TopicRecordNameStrategy: many kinds of record on one topic, each with a history of its own. */
export const subjectOf = (topic: Topic, fullName: string): string => `${topic}-${fullName}`;
