/** I1: every logged command has exactly one outcome, but a repeated id, which has none. Knows no rules. */
import type { Command, CommandType } from '../../src/domain/command.ts';
import { topics } from '../../src/schemas/topics.ts';
import type { LoggedCommand, LoggedEvent, LoggedLetter, Violation } from './evidence.ts';

/** Commands that may be accepted without anything to tell. */
const quiet = new Set<CommandType>([
  'ExpireTimer',
  'ExcuseStall',
  'CloseBusinessDay',
  'DeleteWaiting',
  'DeleteNoShow',
]);

/** Where a command stands, as ids of its outputs begin. */
export const placeOf = ({ partition, offset }: Pick<LoggedCommand, 'partition' | 'offset'>): string =>
  `${topics.commands}-${partition}-${offset}`;

/** The place of the command that an output's id names. */
export const originOf = ({ id }: { readonly id: string }): string => id.replace(/-\d+$/, '');

export function checkOutcomes(
  commands: readonly LoggedCommand[],
  events: readonly LoggedEvent[],
  letters: readonly LoggedLetter[],
): Violation[] {
  const wrong: Violation[] = [];
  const outputsOf = Map.groupBy(events, originOf);
  const lettersOf = Map.groupBy(letters, placeOf);
  const bodies = new Map<string, string>();
  for (const logged of commands) {
    const place = placeOf(logged);
    const outputs = outputsOf.get(place) ?? [];
    const given = lettersOf.get(place) ?? [];
    outputsOf.delete(place);
    lettersOf.delete(place);
    const what = judge(logged, outputs, given.length, bodies);
    if (what !== null) {
      const told = outputs.map(({ id, event }) => `${event.type} as ${id}`);
      wrong.push(
        `${place} (${logged.command?.type ?? 'no command'}) ${what}: ${told.join(', ') || 'no events'}, ${given.length} dead letters`,
      );
    }
  }
  for (const place of outputsOf.keys()) wrong.push(`events of ${place}, where there is no command`);
  for (const place of lettersOf.keys()) wrong.push(`a dead letter of ${place}, where there is no record`);
  return wrong;
}

/** What is wrong with the outputs of one command; null: nothing. */
function judge(
  { command, partition }: LoggedCommand,
  outputs: readonly LoggedEvent[],
  letters: number,
  bodies: Map<string, string>,
): string | null {
  if (command === null) {
    if (letters !== 1) return 'is no command and was not given up once';
    return outputs.length === 0 ? null : 'is no command and has events';
  }
  if (letters > 0) return 'was given up';
  const numbers = outputs.map(({ id }) => id.slice(id.lastIndexOf('-') + 1));
  if (numbers.some((number, n) => number !== String(n))) return 'has events that are not numbered 0, 1, 2';
  if (outputs.some(({ causationId }) => causationId !== command.commandId)) return 'has events of another id';
  if (outputs.some((output) => output.partition !== partition)) return 'has events on another partition';
  const refusals = outputs.flatMap(({ event }) => (event.type === 'CommandRejected' ? [event] : []));
  if (refusals.length > 0 && outputs.length > 1) return 'was refused, and more';

  const first = bodies.get(command.commandId);
  const body = bodyOf(command);
  if (first === undefined) bodies.set(command.commandId, body);
  if (first !== undefined && !isTimer(command)) {
    if (first === body) return outputs.length === 0 ? null : 'is a repeat, and was told again';
    return refusals[0]?.code === 'COMMAND_REUSED' ? null : 'bears the id of another, and was not refused';
  }
  return outputs.length > 0 || quiet.has(command.type) ? null : 'has no outcome';
}

/** What the system sends comes again under the same id until the log has settled it: void ones have nothing to tell. */
const isTimer = (command: Command): boolean =>
  command.type === 'ExpireTimer' ||
  command.type === 'ExcuseStall' ||
  (command.type === 'CloseBusinessDay' && command.dueAt !== null);

/** All that the sender asks for; not the sender's clock. */
export const bodyOf = ({ commandId: _id, issuedAt: _clock, ...asked }: Command): string =>
  JSON.stringify(asked);
