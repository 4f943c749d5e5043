/**
 * `/openapi.json`, made from the routes: their paths, the schemas that their handlers parse with, and the shapes that
 * their answers have. Nothing is described twice, so that nothing can be described wrongly in one of two places.
 */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { isPublic } from './access/table.ts';
import * as answers from './answers.ts';
import { type ProblemCode, statusOfProblem } from './problems.ts';
import type { Answer, Description, Route } from './routes.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface OpenApi extends Json {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Json>>;
}

export interface Operation extends Json {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Json[];
  readonly responses: Readonly<Record<string, Json>>;
}

/** What every route of a kind may answer beside its own. */
const refusalsOf: Readonly<Record<Description['kind'], readonly ProblemCode[]>> = {
  write: ['VALIDATION', 'MALFORMED_REQUEST', 'COMMAND_REUSED', 'COMMAND_NOT_SENT', 'INTERNAL'],
  read: ['VALIDATION', 'MALFORMED_REQUEST', 'STATE_UNAVAILABLE', 'INTERNAL'],
  look: ['VALIDATION', 'MALFORMED_REQUEST', 'STATE_UNAVAILABLE', 'INTERNAL'],
  note: ['VALIDATION', 'MALFORMED_REQUEST', 'STATE_UNAVAILABLE', 'INTERNAL'],
  stream: ['VALIDATION', 'MALFORMED_REQUEST', 'TOO_MANY_STREAMS', 'STATE_UNAVAILABLE', 'INTERNAL'],
  operation: ['INTERNAL'],
};
const answersOf: Readonly<Record<Description['kind'], Readonly<Record<number, Answer>>>> = {
  write: { 202: { description: 'no outcome is known yet: follow the Location', json: answers.pendingWrite } },
  read: { 304: { description: 'nothing has changed since the answer with that ETag' } },
  look: {},
  note: {},
  stream: { 204: { description: 'there is nothing to follow any more' } },
  operation: {},
};
/** Of every route that is not everybody's. */
const refusalsOfIdentity: readonly ProblemCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'IDENTITY_UNAVAILABLE',
  'STATE_UNAVAILABLE',
];
const refusalsOfBodies: readonly ProblemCode[] = ['MALFORMED_JSON', 'BODY_TOO_LARGE', 'NOT_JSON'];

const text = { type: 'string' };
const headers = {
  'X-Request-Id': { description: 'yours if you sent one, else a new one; it is in the log', schema: text },
  Location: { description: 'where the outcome will be', schema: { type: 'string', format: 'uri-reference' } },
  'Retry-After': { description: 'seconds', schema: { type: 'integer', minimum: 1 } },
  ETag: { description: 'of this answer, for If-None-Match', schema: text },
  'WWW-Authenticate': { description: 'how to say who is asking', schema: text },
};
const parameters = {
  'Idempotency-Key': {
    description: 'the same for every repeat of one request: it is done once, and answered alike, for 24 h',
    schema: { type: 'string', format: 'uuid' },
  },
  'If-None-Match': { description: 'ETags of earlier answers', schema: text },
  'Last-Event-ID': { description: 'the id of the last event that was seen', schema: text },
  'X-Request-Id': {
    description:
      'names the request in the log and on the records that it causes, ' +
      'if it is of 1 to 128 letters, digits and `_.:/+=-`; another one is not kept',
    schema: text,
  },
  traceparent: { description: 'W3C trace context, passed on', schema: text },
};
const parametersOf: Readonly<Record<Description['kind'], readonly (keyof typeof parameters)[]>> = {
  write: ['Idempotency-Key', 'X-Request-Id', 'traceparent'],
  read: ['If-None-Match', 'X-Request-Id'],
  look: ['X-Request-Id'],
  note: ['X-Request-Id'],
  stream: ['Last-Event-ID', 'X-Request-Id'],
  operation: [],
};

const info = {
  title: 'restaurant-waiting',
  version: '1',
  description:
    "A restaurant's walk-in queue, run remotely. Paths of GET answer HEAD too; a path under another method is a 405, " +
    'any other path a 404, both as a problem. What is published on Kafka is in /asyncapi.json.',
};

/** The OpenAPI 3.1 document of the routes. Schemas that have an `id` stand among its components, once. */
export function openApi(routes: readonly Route[]): OpenApi {
  const schemas: Record<string, unknown> = {};
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
    const { $schema, $defs, ...rest } = z.toJSONSchema(schema, { io, override: tidy });
    for (const [name, each] of Object.entries($defs ?? {})) schemas[name] = moved(each);
    return moved(rest) as Json;
  };
  const toProblems = problems(schemaOf);

  const operation = ({ method, path, about }: Route): Operation => {
    const { kind, operationId, summary, params, query, body, refusals = [] } = about;
    const hasBody = method === 'post' || method === 'put';
    const open = isPublic(operationId);
    const codes: ProblemCode[] = [
      // Probes are always answered.
      ...(path.startsWith('/health/') ? [] : (['TOO_MANY_REQUESTS'] as const)),
      ...refusalsOf[kind],
      ...(open ? [] : refusalsOfIdentity),
      ...(hasBody ? refusalsOfBodies : []),
      ...refusals,
    ];
    const given = { ...answersOf[kind], ...about.answers };
    return {
      operationId,
      summary,
      security: open ? [] : [{ bearer: [] }],
      tags: [kind === 'operation' ? 'operations' : (path.split('/')[1] ?? '')],
      parameters: [
        ...fields(params, (schema) => ({ in: 'path', schema: schemaOf(schema, 'output') })),
        ...fields(query, (schema) => ({ in: 'query', ...listed(schemaOf(schema, 'output')) })),
        ...parametersOf[kind].map((name) => ({ $ref: `#/components/parameters/${name}` })),
      ],
      ...(body && {
        requestBody: {
          required: !body.safeParse({}).success,
          content: { 'application/json': { schema: schemaOf(body, 'input') } },
        },
      }),
      responses: {
        ...Object.fromEntries(
          Object.entries(given).map(([status, answer]) => [
            status,
            {
              description: answer.description,
              headers: named(headersOf(about, Number(status))),
              ...content(answer, schemaOf),
            },
          ]),
        ),
        ...toProblems(codes.filter((code) => !(statusOfProblem[code] in given))),
      },
    };
  };

  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'of the identity provider, or a link. Not needed where AUTH is open, nor behind a gateway',
        },
      },
      schemas,
      headers,
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, each]) => [name, { name, in: 'header', ...each }]),
      ),
    },
  };
}

type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => Json;

/** A format says it better than the pattern that implements it; and that JSON's integers end somewhere is no rule of ours. */
function tidy({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** References as they are within the document. */
const moved = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));

const fields = (schema: z.ZodObject | undefined, toParameter: (field: z.ZodType) => object): Json[] =>
  Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    required: !(field as z.ZodType).safeParse(undefined).success,
    ...toParameter(field as z.ZodType),
  }));

/** A list in a query is separated by commas. */
const listed = (schema: Json): object => ({
  schema,
  ...(schema['type'] === 'array' && { style: 'form', explode: false }),
});

const named = (names: readonly (keyof typeof headers)[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

function headersOf({ kind }: Description, status: number): readonly (keyof typeof headers)[] {
  if (kind === 'write' && status === 202) return ['X-Request-Id', 'Location'];
  if (kind === 'look' && status === 202) return ['X-Request-Id', 'Retry-After'];
  if (kind === 'read') return ['X-Request-Id', 'ETag'];
  return ['X-Request-Id'];
}

const headersOfProblem: Readonly<Record<number, readonly (keyof typeof headers)[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** OpenAPI 3.1 has no words for what a stream consists of: `x-events` has the data of each event, by its name. */
function content({ json, mediaType, events }: Answer, schemaOf: SchemaOf): object {
  if (json) return { content: { 'application/json': { schema: schemaOf(json, 'output') } } };
  if (mediaType !== undefined) return { content: { [mediaType]: { schema: text } } };
  if (!events) return {};
  const data = Object.entries(events).map(([name, each]) => [name, schemaOf(each, 'output')]);
  return {
    content: { 'text/event-stream': { schema: text, 'x-events': Object.fromEntries(data) as Json } },
  };
}

const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'the path that was asked for' }),
    code: z.enum(Object.keys(statusOfProblem) as [ProblemCode, ...ProblemCode[]]),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'every field that is missing, unknown or wrong' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457, with a code' });

/** Refusals as answers, one a status, each with the codes that it may have there. */
const problems =
  (schemaOf: SchemaOf) =>
  (codes: readonly ProblemCode[]): Record<string, Json> =>
    Object.fromEntries(
      [...Map.groupBy(new Set(codes), (code) => statusOfProblem[code])].map(([status, those]) => [
        status,
        {
          description: `${STATUS_CODES[status]}: ${those.join(', ')}`,
          headers: named(['X-Request-Id', ...(headersOfProblem[status] ?? [])]),
          content: {
            'application/problem+json': {
              schema: { allOf: [schemaOf(problem, 'output')], properties: { code: { enum: those } } },
            },
          },
        },
      ]),
    );
