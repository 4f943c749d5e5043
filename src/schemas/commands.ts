import { LRUCache } from 'lru-cache';
import type { Command, CommandType, Settings } from '../domain/command.ts';
import { maxRestaurantId } from '../domain/queue.ts';
import { type Rules, rulesVersion } from '../domain/rulesVersion.ts';
import type { Decoded } from './codec.ts';

/** A well-formed record that no rule can make sense of; it can never be processed. */
export class InvalidCommandError extends Error {
  override readonly name = 'InvalidCommandError';
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const longestText = 500;
/** Later ones have years of five digits in some time zone, and ISO 8601 has four. In ms. */
const latestInstant = Date.UTC(9999, 11, 31) - 1;
const endOf9999 = Date.UTC(10_000, 0) - 1;
const localDate = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A decoded record as a command of the domain. Throws InvalidCommandError for what no rule covers; what a rule may
 * refuse (a party of 0, a move time of 99) is left to the rule. `rules` are older ones where a log is decided again.
 */
export function toCommand(decoded: Decoded, rules: Rules = rulesVersion): Command {
  const named = ofKind(decoded);
  // A UUID is the same in capitals.
  const command = { ...named, commandId: named.commandId.toLowerCase() };
  must(uuid.test(command.commandId), 'commandId is not a UUID');
  must(
    command.restaurantId >= 1 && command.restaurantId <= maxRestaurantId,
    `restaurantId is outside 1 to ${maxRestaurantId}`,
  );
  switch (command.type) {
    case 'ConfigureRestaurant':
      checkSettings(command.settings);
      return command;
    case 'OpenBusinessDay':
      must(command.datesId >= 1, 'datesId is not positive');
      must(isDate(command.date, rules), 'date is no date, YYYY-MM-DD');
      must(command.closesAt > command.opensAt, 'closesAt is not after opensAt');
      must(areHours(command.opensAt, command.closesAt, rules), 'the hours are outside 1970 to 9999');
      return command;
    case 'RegisterNoShow':
      checkText('reason', command.reason);
      must(command.userId >= 1, 'userId is not positive');
      must(rules < 2.1 || command.datesId === null || command.datesId >= 1, 'datesId is not positive');
      return command;
    case 'RegisterWaiting':
      must(command.userId >= 1, 'userId is not positive');
      return command;
    case 'CancelWaiting':
      checkText('reason', command.reason);
      return command;
    case 'RevokePairings':
    case 'CloseBusinessDay':
    case 'CallWaiting':
    case 'AnswerCall':
    case 'MarkArrived':
    case 'MarkEntered':
    case 'DeleteWaiting':
    case 'DeleteAllWaitings':
    case 'DeleteNoShow':
    case 'DeleteAllNoShows':
    case 'ExpireTimer':
      return command;
    case 'ExcuseStall':
      must(command.from <= command.until, 'from is after until');
      return command;
  }
}

/** The bounds of every setting, shared with the ingress. Inclusive. */
export const settingBounds = {
  maxTeams: [1, 1_000],
  minUserCount: [1, 1_000],
  maxUserCount: [1, 1_000],
  answerMinutes: [1, 24 * 60],
  maxMoveMinutes: [1, 15],
  minutesPerTeam: [0, 24 * 60],
  minuteMillis: [10, 60_000],
} as const satisfies Partial<Record<keyof Settings, readonly [number, number]>>;

/** Names that the runtime has been asked about and knows: to ask takes longer than all else of a command. */
const timeZones = new LRUCache<string, true>({ max: 1_000 });

/** Whether the runtime knows this IANA name. */
export function isTimeZone(name: string): boolean {
  if (timeZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    timeZones.set(name, true);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whether a business day may have these hours (ms): not before 1970, nor after 9999 in any time zone. */
export const areHours = (opensAt: number, closesAt: number, rules: Rules = rulesVersion): boolean =>
  opensAt >= 0 && closesAt <= (rules < 2.1 ? endOf9999 : latestInstant);

/** Whether the calendar has it: a day after the last of a month becomes one of the next. */
function isDate(text: string, rules: Rules): boolean {
  if (rules < 2.1) return localDate.test(text);
  const parsed = localDate.test(text) ? Date.parse(`${text}T00:00Z`) : Number.NaN;
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text);
}

function checkSettings(settings: Settings): void {
  for (const [name, [least, most]] of Object.entries(settingBounds)) {
    const value = settings[name as keyof typeof settingBounds];
    must(value >= least && value <= most, `${name} is outside ${least} to ${most}`);
  }
  checkText('name', settings.name);
  must(settings.minUserCount <= settings.maxUserCount, 'minUserCount is above maxUserCount');
  must(isTimeZone(settings.timeZone), 'timeZone is not an IANA name');
}

/** Text that every store and reader can take: Postgres has no NUL, and a page no room for a book. */
function checkText(field: string, text: string | null): void {
  must(
    text === null || (text.length <= longestText && !text.includes('\0')),
    `${field} is too long or holds a NUL`,
  );
}

const typed = <T extends CommandType, V extends object>(type: T, value: V): V & { type: T } => ({
  ...value,
  type,
});

function ofKind({ name, value }: Decoded): Command {
  switch (name) {
    case 'ConfigureRestaurant':
      return typed(name, value);
    case 'RevokePairings':
      return typed(name, value);
    case 'OpenBusinessDay':
      return typed(name, value);
    case 'CloseBusinessDay':
      return typed(name, value);
    case 'RegisterWaiting':
      return typed(name, value);
    case 'CallWaiting':
      return typed(name, value);
    case 'AnswerCall':
      return typed(name, value);
    case 'MarkArrived':
      return typed(name, value);
    case 'MarkEntered':
      return typed(name, value);
    case 'CancelWaiting':
      return typed(name, value);
    case 'DeleteWaiting':
      return typed(name, value);
    case 'DeleteAllWaitings':
      return typed(name, value);
    case 'RegisterNoShow':
      return typed(name, value);
    case 'DeleteNoShow':
      return typed(name, value);
    case 'DeleteAllNoShows':
      return typed(name, value);
    case 'ExpireTimer':
      return typed(name, value);
    case 'ExcuseStall':
      return typed(name, value);
    default:
      throw new InvalidCommandError(`a ${name} is not a command`);
  }
}

function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvalidCommandError(message);
}
