import { type Rules, rulesVersion } from '../domain/rulesVersion.ts';
import type { Codec } from '../schemas/codec.ts';
import type { Formats } from '../schemas/formats.ts';
import { topics } from '../schemas/topics.ts';
import { defineTopology, type Topology } from '../topology/graph.ts';
import { commandSource } from './commandSource.ts';
import { deadlinePunctuator } from './deadlines.ts';
import { memoryStore, queueStore } from './keys.ts';
import { deadLetterProjection, eventProjection, timerProjection } from './projections.ts';
import { notificationProjection } from './notifications.ts';
import { memory, queueProcessor, queues } from './queue.ts';

/**
 * The whole flow from a command to what the outside learns of it, in the forms that may be written. `rules` are older
 * ones where a log is decided again that they decided.
 */
export const waitingTopology = (codec: Codec, formats: Formats, rules: Rules = rulesVersion): Topology =>
  defineTopology({
    commands: commandSource(codec, formats, rules),
    decide: queueProcessor(codec, formats, rules, 'commands'),
    [queueStore]: queues(codec),
    [memoryStore]: memory(codec),
    deadlines: deadlinePunctuator(codec, formats, 'decide'),
    toEvents: eventProjection(codec, 'decide'),
    toNotifications: notificationProjection(codec, 'decide'),
    toTimers: timerProjection(codec, 'decide'),
    toDeadLetters: deadLetterProjection('commands'),
    events: {
      kind: 'sink',
      about: 'For the history and other teams.',
      parents: ['toEvents'],
      topic: topics.events,
    },
    notifications: {
      kind: 'sink',
      about: 'For push, messages and other teams.',
      parents: ['toNotifications'],
      topic: topics.notifications,
    },
    timers: { kind: 'sink', about: 'For observers.', parents: ['toTimers'], topic: topics.timers },
    deadLetters: { kind: 'sink', about: 'For operators.', parents: ['toDeadLetters'], topic: topics.dlq },
  });
