/**
 * What a log says of an error: what it is called and says, where it was thrown, its code, and the same of its causes.
 * Nothing else that hangs on it: ioredis hangs the command on it with its arguments, which are states of queues and
 * passwords; pg a row in words; express a request's body; we whole records.
 */
interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  /** Such as ECONNREFUSED, or what Postgres calls its error by. */
  readonly code?: string | number;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** Causes of causes; a chain may lead back to its beginning. */
const deepest = 5;

/** A serializer of pino's, for fields that hold what was thrown. */
export function loggedError(thrown: unknown, depth = 0): LoggedError | string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { name, message, stack, cause } = thrown;
  const code = 'code' in thrown ? thrown.code : undefined;
  const more = depth < deepest;
  return {
    type: name,
    message,
    ...(stack !== undefined && { stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(more && cause !== undefined && { cause: loggedError(cause, depth + 1) }),
    ...(more &&
      thrown instanceof AggregateError && {
        errors: thrown.errors.map((each: unknown) => loggedError(each, depth + 1)),
      }),
  };
}
