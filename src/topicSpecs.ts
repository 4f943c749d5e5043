import { topics } from './schemas/topics.ts';
import type { TopicSpec } from './topology/kafka/admin.ts';

const day = 24 * 60 * 60_000;
const kept = (days: number): Record<string, string> => ({ 'retention.ms': String(days * day) });

/**
 * Without these a start refuses the topic of the commands. With another kind of time a sender's clock decides who came
 * first; with another compression a batch of 64 KB may be unpacked to 64 MB in a worker.
 */
export const decisiveSettings = {
  'message.timestamp.type': 'LogAppendTime',
  'compression.type': 'uncompressed',
} as const;

/**
 * The topics and how long each keeps its records. Commands outlast a week's outage with room; the time of a command is
 * the broker's, so that no sender's clock decides anything. Whatever a sender compresses them with, the broker unpacks
 * them and then looks at their size: a client knows few codecs, and 64 KB can be unpacked to 64 MB. The changelog is compacted eagerly: a rebuild reads it all.
 */
export const topicSpecs: readonly TopicSpec[] = [
  {
    topic: topics.commands,
    config: {
      ...kept(14),
      ...decisiveSettings,
      'max.message.bytes': String(64 * 1024),
    },
  },
  { topic: topics.events, config: kept(30) },
  { topic: topics.notifications, config: kept(7) },
  { topic: topics.timers, config: kept(7) },
  { topic: topics.dlq, config: { ...kept(30), 'max.message.bytes': String(1024 * 1024) } },
  {
    topic: topics.changelog,
    config: {
      'cleanup.policy': 'compact',
      'segment.bytes': String(64 * 1024 * 1024),
      'min.cleanable.dirty.ratio': '0.2',
      'max.message.bytes': String(8 * 1024 * 1024),
    },
  },
];
