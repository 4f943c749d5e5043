/** Errors of the library that pass by themselves when brokers go and come. */
import { MovedError } from '../moved.ts';

/** A broker did not answer, or could not be reached. */
const away = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSRequestTimeoutError',
  'KafkaJSTopicMetadataNotLoaded',
]);

/** What the library wraps others in. */
const wrappers = new Set(['KafkaJSError', 'KafkaJSNonRetriableError', 'KafkaJSNumberOfRetriesExceeded']);

/** What a coordinator answers that is none, or not yet. */
const elsewhere = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** What a coordinator answers to a member that has to join again. */
const rejoin = new Set(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID']);

const typeOf = (error: Error): string => ('type' in error ? String(error.type) : '');

/** Whether the broker that was asked is not, or no longer, the one to ask; a group's coordinator, for one. */
export function isElsewhere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof MovedError || away.has(error.name) || elsewhere.has(typeOf(error))) return true;
  return wrappers.has(error.name) && isElsewhere(error.cause);
}

/** Whether the same may be asked again soon. Not what makes a member join again. */
export function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isElsewhere(error)) return true;
  if (error.name === 'KafkaJSProtocolError')
    return 'retriable' in error && error.retriable === true && !rejoin.has(typeOf(error));
  return wrappers.has(error.name) && passes(error.cause);
}
