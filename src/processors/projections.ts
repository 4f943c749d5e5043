import type { Event } from '../domain/event.ts';
import { closesItselfAt } from '../domain/businessDay.ts';
import type { Codec } from '../schemas/codec.ts';
import type { Records } from '../schemas/generated/records.ts';
import type { Origin, Projected, ProjectionNode } from '../topology/graph.ts';
import { outputHeaders, type Decided } from './decided.ts';

/** Which version of the rules decided it. */
export const rulesVersionHeader = 'rulesversion';

/** EVENT OUT: what happened and, for upstreams that publish straight to Kafka, what was refused. */
export const eventProjection = (codec: Codec, parent: string): ProjectionNode => ({
  kind: 'projection',
  about: 'Every transition, and every refusal.',
  parents: [parent],
  project: ({ context, command, rulesVersion, events, rejection }: Decided, origin: Origin): Projected[] => {
    const headers = (type: string, n: number, at: number) => ({
      ...outputHeaders(context, origin, {
        type: `waiting.events.${type}`,
        source: '/waiting/queue/events',
        n,
        at,
      }),
      [rulesVersionHeader]: String(rulesVersion),
    });
    const happened = events.map(({ event, bytes }, n) => ({
      key: String(event.restaurantId),
      value: bytes,
      headers: headers(event.type, n, event.at),
    }));
    if (!rejection) return happened;
    const { restaurantId, at, commandId, code, detail } = rejection;
    const value = codec.encode('CommandRejected', { restaurantId, at, commandId, command, code, detail });
    return [
      ...happened,
      { key: String(restaurantId), value, headers: headers('CommandRejected', events.length, at) },
    ];
  },
});

/** What is due when, for observers: our own timers follow from the queue's state. */
export const timerProjection = (codec: Codec, parent: string): ProjectionNode => ({
  kind: 'projection',
  about: 'Deadlines as they begin to run.',
  parents: [parent],
  project: ({ context, events }: Decided, origin: Origin): Projected[] =>
    events.flatMap(({ event }, n) => {
      const timer = scheduled(event);
      if (!timer) return [];
      const output = {
        type: 'waiting.timers.TimerScheduled',
        source: '/waiting/queue/timers',
        n,
        at: event.at,
      };
      return [
        {
          key: String(event.restaurantId),
          value: codec.encode('TimerScheduled', { ...timer, restaurantId: event.restaurantId, at: event.at }),
          headers: outputHeaders(context, origin, output),
        },
      ];
    }),
});

type Scheduled = Pick<Records['TimerScheduled'], 'kind' | 'subjectId' | 'deadline'>;

function scheduled(event: Event): Scheduled | null {
  switch (event.type) {
    case 'WaitingCalled':
      return { kind: 'ANSWER', subjectId: event.waiting.waitingId, deadline: event.waiting.deadlineAt };
    case 'CallAnswered':
      return { kind: 'MOVE', subjectId: event.waiting.waitingId, deadline: event.waiting.deadlineAt };
    case 'DeadlineExtended': {
      const { waitingId, deadlineAt, status } = event.waiting;
      return { kind: status === 'COMMING' ? 'MOVE' : 'ANSWER', subjectId: waitingId, deadline: deadlineAt };
    }
    case 'BusinessDayOpened':
      return { kind: 'CLOSE', subjectId: event.datesId, deadline: closesItselfAt(event) };
    case 'RestaurantConfigured':
    case 'PairingsRevoked':
    case 'BusinessDayClosed':
    case 'WaitingRegistered':
    case 'WaitingArrived':
    case 'WaitingEntered':
    case 'WaitingCancelled':
    case 'CallLapsed':
    case 'MoveTimeLapsed':
    case 'TurnNear':
    case 'NoAnswerDismissed':
    case 'WaitingDeleted':
    case 'AllWaitingsDeleted':
    case 'NoShowRegistered':
    case 'NoShowDeleted':
    case 'AllNoShowsDeleted':
      return null;
  }
}

/** A dead letter is complete when the source gives it up. */
export const deadLetterProjection = (parent: string): ProjectionNode => ({
  kind: 'projection',
  about: 'Records that can never be processed, whole and with the reason.',
  parents: [parent],
  project: (letter: Buffer, { topic, partition, offset }: Origin): Projected[] => [
    {
      key: `${partition}-${offset}`,
      value: letter,
      headers: {
        ce_specversion: '1.0',
        ce_id: `${topic}-${partition}-${offset}-0`,
        ce_type: 'waiting.dlq.DeadLetter',
        ce_source: '/waiting/queue/dlq',
        'content-type': 'application/avro',
      },
    },
  ],
});
