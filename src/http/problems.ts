/**
 * Everything that is not answered as asked is answered as a problem (RFC 9457): one shape, a `code` for programs, a
 * sentence for people, and nothing of our insides.
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import type { RejectionCode } from '../domain/decision.ts';

/** The status of every refusal of a queue. Described in docs/http.md. */
export const statusOfRejection: Readonly<Record<RejectionCode, number>> = {
  FORBIDDEN: 403,
  RESTAURANT_NOT_FOUND: 404,
  DATES_NOT_FOUND: 404,
  WAITING_NOT_FOUND: 404,
  NO_SHOW_NOT_FOUND: 404,
  ALREADY_WAITING: 409,
  QUEUE_FULL: 409,
  CALL_PENDING: 409,
  CALL_LAPSED: 409,
  INVALID_TRANSITION: 409,
  OUTSIDE_BUSINESS_HOURS: 422,
  PARTY_SIZE: 422,
  MOVE_TIME: 422,
  COMMAND_REUSED: 422,
};

/** The status of every refusal of the ingress itself: the queue was not asked, or cannot be seen. */
const statusOfIngress = {
  VALIDATION: 400,
  MALFORMED_JSON: 400,
  MALFORMED_REQUEST: 400,
  UNAUTHENTICATED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  NOT_JSON: 415,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  COMMAND_NOT_SENT: 503,
  IDENTITY_UNAVAILABLE: 503,
  STATE_UNAVAILABLE: 503,
  HISTORY_UNAVAILABLE: 503,
  TOO_MANY_STREAMS: 503,
} as const;

export type ProblemCode = RejectionCode | keyof typeof statusOfIngress;

export const statusOfProblem: Readonly<Record<ProblemCode, number>> = {
  ...statusOfRejection,
  ...statusOfIngress,
};

/** What is wrong with one field of a request. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Seconds after which a 503 is worth another try: a worker takes a queue over within a few. */
const takeoverSeconds = 1;

/** Thrown anywhere in a request, answered in one place. `detail` is shown to the client. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[] | null;
  /** When it is worth another try; null: that is not known, or never. */
  readonly retryAfterSeconds: number | null;
  constructor(
    code: ProblemCode,
    detail: string,
    errors: readonly FieldError[] | null = null,
    retryAfterSeconds: number | null = null,
  ) {
    super(detail);
    this.code = code;
    this.status = statusOfProblem[code];
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds ?? (this.status === 503 ? takeoverSeconds : null);
  }
}

export const restaurantNotFound = (restaurantId: number): Problem =>
  new Problem('RESTAURANT_NOT_FOUND', `there is no restaurant ${restaurantId}`);

export const waitingNotFound = (waitingId: number): Problem =>
  new Problem('WAITING_NOT_FOUND', `there is no waiting ${waitingId}`);

/** Refused for how much there is already, not for what it is. */
export const tooMany = (
  code: 'TOO_MANY_REQUESTS' | 'TOO_MANY_STREAMS',
  detail: string,
  retryAfterSeconds: number,
): Problem => new Problem(code, detail, null, retryAfterSeconds);

function sendProblem(path: string, res: ServerResponse, problem: Problem): void {
  const { status, code, message: detail, errors, retryAfterSeconds } = problem;
  const text = JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
    instance: path,
    code,
    ...(errors && { errors }),
  });
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
  if (retryAfterSeconds !== null) res.setHeader('Retry-After', String(retryAfterSeconds));
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}

/** Answers an error. What nobody foresaw is logged with its request, and told to nobody else. */
export function tellError(logger: Logger, path: string, res: ServerResponse, error: unknown): void {
  const problem = error instanceof Problem ? error : problemOfFramework(error);
  if (problem !== null) {
    sendProblem(path, res, problem);
    return;
  }
  logger.error({ reqId: res.getHeader('X-Request-Id'), err: error }, 'a request failed');
  sendProblem(path, res, new Problem('INTERNAL', 'something went wrong here; it is on record'));
}

/** The last handler of the app. */
export const answerError =
  (logger: Logger): ErrorRequestHandler =>
  (error: unknown, req, res, next) => {
    if (res.headersSent) next(error);
    else tellError(logger, req.path, res, error);
  };

/** What express and its body parser throw for requests that they cannot read; null: not their doing. */
function problemOfFramework(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  if (error.status < 400 || error.status > 499) return null;
  const kind = 'type' in error ? error.type : null;
  if (kind === 'entity.parse.failed') return new Problem('MALFORMED_JSON', 'the body is not a JSON object');
  if (error.status === 413) return new Problem('BODY_TOO_LARGE', 'the body is larger than 8 KiB');
  if (error.status === 415) return new Problem('NOT_JSON', 'the body must be JSON in UTF-8');
  return new Problem('MALFORMED_REQUEST', 'the request cannot be read');
}
