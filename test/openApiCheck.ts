/**
 * Every answer that a test gets is held against the OpenAPI document of the routes that it came from: its status and
 * media type have to be described there, its headers have to be there, and its body has to match the schema.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { createApp } from '../src/http/ingress.ts';
import { openApi } from '../src/http/openApi.ts';
import { inMemoryWorker } from './httpInMemoryWorker.ts';
import { ingressDeps } from './ingressDeps.ts';

interface Checked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The document as it is served. */
export const document = openApi(createApp(ingressDeps(inMemoryWorker())).routes);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, 'openapi', false, false);
const compiled = new Map<string, ValidateFunction>();

/** The validator of what stands at a place in the document. */
function validatorAt(...place: string[]): ValidateFunction {
  const pointer = place.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')));
  const $ref = `openapi#/${pointer.join('/')}`;
  const validator = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, validator);
  return validator;
}

/** Words come before parameters, as with the router: `/waitings/all/{restaurantId}`. */
const templates = Object.keys(document.paths)
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => ({ path, matches: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i') }));

/** Throws when it is not as the document says. */
export function checkAnswer(method: string, path: string, { status, headers, text }: Checked): void {
  const wrong = (what: string): Error =>
    new Error(
      `not as in openapi.json: ${method} ${path} answered ${status} ${what}: ${text.slice(0, 1_000)}`,
    );
  const mediaType = headers.get('content-type')?.split(';')[0];

  const pathname = path.split('?')[0] ?? '';
  const on = templates.filter(({ matches }) => matches.test(pathname)).map((each) => each.path);
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const template = on.find((each) => document.paths[each]?.[verb]);
  const operation = template === undefined ? undefined : document.paths[template]?.[verb];
  if (template === undefined || !operation) {
    const expected = on.length > 0 ? 405 : 404;
    const valid = method === 'HEAD' || validatorAt('components', 'schemas', 'Problem')(JSON.parse(text));
    if (status !== expected || !valid) throw wrong('for what is not described');
    return;
  }

  const described = operation.responses[String(status)];
  if (!described) throw wrong('which is not described');
  for (const name of Object.keys(described['headers'] ?? {})) {
    if (!headers.has(name)) throw wrong(`without ${name}`);
  }
  if (method === 'HEAD') return;
  const content = Object.keys(described['content'] ?? {});
  if (mediaType === undefined ? content.length > 0 : !content.includes(mediaType)) {
    throw wrong(`as ${mediaType ?? 'nothing'}`);
  }
  if (mediaType?.includes('json') !== true) return;
  const place = ['paths', template, verb, 'responses', String(status), 'content', mediaType, 'schema'];
  const validator = validatorAt(...place);
  if (!validator(JSON.parse(text))) throw wrong(ajv.errorsText(validator.errors));
}
