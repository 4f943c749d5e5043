/** I8: what was answered 2xx or 202 took effect exactly once and as it was answered; what was refused did not. */
import { originOf } from './checkOutcomes.ts';
import type { Appended, Asked, LoggedCommand, LoggedEvent, Violation } from './evidence.ts';

export function checkRequests(
  asked: readonly Asked[],
  appended: readonly Appended[],
  commands: readonly LoggedCommand[],
  events: readonly LoggedEvent[],
): Violation[] {
  const wrong: Violation[] = [];
  // Of two taps with one key only one may have reached the log; both are answered with what came of it.
  const keyOf = new Map(asked.map(({ requestId, key }) => [requestId, key]));
  const byKey = Map.groupBy(commands, ({ correlationId }) => keyOf.get(correlationId ?? ''));
  const byCommand = Map.groupBy(events, ({ causationId }) => causationId);
  for (const request of asked) {
    const sent = byKey.get(request.key) ?? [];
    const what = judge(request, sent, byCommand);
    if (what !== null) {
      const { requestId, what: asks, statuses, answer } = request;
      wrong.push(`${asks} (${requestId}, ${statuses.join(' ')}, ${JSON.stringify(answer)}) ${what}`);
    }
  }
  const logged = new Set(commands.map(({ command }) => command?.commandId));
  for (const { commandId } of appended) {
    const effects = effectsOf(byCommand.get(commandId) ?? []);
    if (!logged.has(commandId)) wrong.push(`command ${commandId} was taken by Kafka and is not in the log`);
    else if (effects.size !== 1) wrong.push(`command ${commandId} has ${effects.size} outcomes`);
  }
  return wrong;
}

/** The places of the commands that had an effect, or were refused. */
const effectsOf = (events: readonly LoggedEvent[]): Set<string> => new Set(events.map(originOf));

/** What is wrong with what came of a request; null: nothing. */
function judge(
  { what, answer, statuses }: Asked,
  sent: readonly LoggedCommand[],
  byCommand: ReadonlyMap<string | null, readonly LoggedEvent[]>,
): string | null {
  const ids = new Set(sent.map(({ command }) => command?.commandId));
  if (ids.size > 1) return `became ${ids.size} commands`;
  const [commandId] = ids;
  const events = commandId === undefined ? [] : (byCommand.get(commandId) ?? []);
  const effects = effectsOf(events);
  if (effects.size > 1) return `had ${effects.size} outcomes`;
  const refusal = events.flatMap(({ event }) => (event.type === 'CommandRejected' ? [event.code] : []))[0];
  if (answer === null) return statuses.includes(202) && effects.size === 0 ? 'was answered 202 only' : null;
  // What is refused for its shape becomes no command.
  if (commandId === undefined) return answer.status < 300 ? 'is not in the log' : null;
  if (answer.status >= 300) {
    return refusal === answer.code ? null : `was refused, but came to ${refusal ?? 'pass'}`;
  }
  if (refusal !== undefined) return `was refused as ${refusal}`;
  // Deleting again is accepted and changes nothing.
  if (effects.size === 0) return what.startsWith('DELETE') ? null : 'had no effect';
  return asAnswered(answer, events)
    ? null
    : `had another effect: ${JSON.stringify(events.map(({ event }) => event))}`;
}

/** The event of the waiting that was answered shows what the answer shows. */
function asAnswered(answer: NonNullable<Asked['answer']>, events: readonly LoggedEvent[]): boolean {
  if (answer.waitingId === null) return true;
  return events.some(({ event }) => {
    if (!('waiting' in event)) return false;
    const { waitingId, ticketNo, status } = event.waiting;
    return waitingId === answer.waitingId && ticketNo === answer.ticketNo && status === answer.waitingStatus;
  });
}
