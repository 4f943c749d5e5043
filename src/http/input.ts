/** Everything a client sends is parsed here into what the rules take, or named, field by field, in one problem. */
import express, { type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import { maxRestaurantId } from '../domain/queue.ts';
import { type FieldError, Problem } from './problems.ts';

/** Avro's long as avsc writes it ends one below the largest safe integer. */
const maxId = Number.MAX_SAFE_INTEGER - 1;
/** Avro's int. */
const maxCount = 2 ** 31 - 1;

/** The message of a value of the wrong kind; one that isn't there is said to be missing. */
export const must = (message: string) => ({
  error: (issue: { readonly input?: unknown }) => (issue.input === undefined ? 'is missing' : message),
});

/** An integer between bounds, both included. */
export const integer = (
  least: number,
  most: number,
  message = `must be an integer from ${least} to ${most}`,
) => z.int(must(message)).min(least, message).max(most, message);

const positive = (most: number) =>
  integer(1, most, `must be a positive integer${most === maxId ? '' : ` up to ${most}`}`);

export const id = positive(maxId);
export const restaurantId = positive(maxRestaurantId);
export const count = positive(maxCount);

/** A positive integer of a path or a query. One spelling each: no sign, no leading zero, no exponent. */
export const numberText = <T extends z.ZodType<number, number>>(number: T) =>
  z
    .string(must('must be given once'))
    .regex(/^[1-9]\d*$/, { error: 'must be a positive integer', abort: true })
    .transform(Number)
    .pipe(number);

export const idText = numberText(id);
export const restaurantIdText = numberText(restaurantId);

/** The path of what is about a whole restaurant. */
export const restaurantPath = z.object({ restaurantId: restaurantIdText });
/** Of what is about one of its business days. */
export const dayPath = z.object({ restaurantId: restaurantIdText, datesId: idText });

/** Text that every store behind us can keep: no lone surrogates (UTF-8 has none), no NUL (Postgres has none). */
export const text = (most: number) =>
  z
    .string(must('must be text'))
    .max(most, `must be at most ${most} characters`)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed text');

/** Parses, or throws a Problem that names every field that is missing, unknown or wrong. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap(fieldErrors);
  // A number can break several bounds in one way: a field is named once.
  throw invalid(
    errors.filter(({ field }, index) => errors.findIndex((each) => each.field === field) === index),
  );
}

/** The problem of fields that are not as they must be. */
export const invalid = (errors: readonly FieldError[]): Problem =>
  new Problem('VALIDATION', 'the request has fields that are missing, unknown or wrong', errors);

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const at = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: at === '' ? key : `${at}.${key}`, message: 'is unknown' }));
  }
  return [{ field: at === '' ? 'body' : at, message: issue.message }];
}

/** Parses the JSON body; a request without one lacks every field that must be there. */
export const parseBody = <T extends z.ZodType>(schema: T, req: Request): z.output<T> =>
  parse(schema, req.body ?? {});

/** No body of ours comes near it; more is not worth reading. */
const bodyLimit = 8 * 1024;
const jsonTypes = ['application/json', 'application/*+json'];

/** Reads a JSON body, if there is one, and refuses any other. */
export const readJson: readonly RequestHandler[] = [
  (req, _res, next) => {
    const { 'content-length': length, 'transfer-encoding': chunked } = req.headers;
    const hasBody = chunked !== undefined || (length !== undefined && length !== '0');
    if (hasBody && typeof req.is(jsonTypes) !== 'string') {
      throw new Problem('NOT_JSON', 'the body must be application/json');
    }
    next();
  },
  express.json({ limit: bodyLimit, type: jsonTypes }),
];
