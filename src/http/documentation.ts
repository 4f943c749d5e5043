/**
 * The API and the events, described for programs (`/openapi.json`, `/asyncapi.json`) and for people (`/docs`,
 * `/docs/events`). The pages are plain HTML of the same documents: they need no script, and nothing from elsewhere.
 */
import type { Response } from 'express';
import { z } from 'zod';
import { type AsyncApi, asyncApi } from './asyncApi.ts';
import { type Json, type OpenApi, openApi, type Operation } from './openApi.ts';
import type { Answer, Route } from './routes.ts';

/** The routes with those of their documentation, which describes itself too. */
export function documentation(routes: readonly Route[]): readonly Route[] {
  const http = once(() => openApi(all));
  const events = once(() => asyncApi());
  const httpPage = once(() => openApiPage(http()));
  const eventsPage = once(() => asyncApiPage(events()));
  const all: readonly Route[] = [
    ...routes,
    documented('/openapi.json', 'getOpenApi', 'This API as OpenAPI 3.1', 'application/json', http),
    documented('/asyncapi.json', 'getAsyncApi', 'The topics as AsyncAPI 3.0', 'application/json', events),
    documented('/docs', 'getDocs', 'This API as a page', 'text/html', httpPage),
    documented('/docs/events', 'getEventDocs', 'The topics as a page', 'text/html', eventsPage),
    documented('/docs/style.css', 'getStyle', 'How the pages look', 'text/css', () => style),
  ];
  return all;
}

function documented(
  path: string,
  operationId: string,
  summary: string,
  mediaType: string,
  content: () => string | object,
): Route {
  const answer: Answer = {
    description: 'the document',
    ...(mediaType === 'application/json' ? { json: z.looseObject({}) } : { mediaType }),
  };
  return {
    method: 'get',
    path,
    about: { kind: 'operation', operationId, summary, answers: { 200: answer } },
    handle: (_req, res: Response) => {
      const body = content();
      res.type(mediaType).send(typeof body === 'string' ? body : JSON.stringify(body));
    },
  };
}

/** None of it changes while the process runs, and most processes are never asked. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Where on the page a component stands: a parameter and a header may have the same name. */
const anchor = (kind: string, name: string): string => `${kind}-${name}`;

/** JSON as text, its references as links. */
const shown = (value: unknown): string =>
  `<pre>${escaped(JSON.stringify(value, null, 2)).replaceAll(
    /#\/components\/(\w+)\/([\w-]+)/g,
    (path, kind: string, name: string) => `<a href="#${anchor(kind, name)}">${path}</a>`,
  )}</pre>`;

const folded = (title: string, content: string): string =>
  `<details><summary>${title}</summary>${content}</details>`;

const page = (
  title: string,
  links: readonly string[],
  sections: readonly string[],
): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/docs/style.css">
<header><h1>${escaped(title)}</h1><nav aria-label="Documents">
<a href="/docs">HTTP</a> <a href="/docs/events">Events</a> <a href="/openapi.json">openapi.json</a>
<a href="/asyncapi.json">asyncapi.json</a></nav></header>
<nav aria-label="On this page"><ul>${links.map((each) => `<li>${each}</li>`).join('\n')}</ul></nav>
<main>
${sections.join('\n')}
</main>
</html>
`;

function openApiPage({ paths, components, ...document }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const about = document['info'] as { readonly description: string };
  const titled = (method: string, path: string): string =>
    `<code><b>${method.toUpperCase()}</b> ${escaped(path).replaceAll('/', '<wbr>/')}</code>`;
  return page(
    'The HTTP API',
    operations.map(
      ({ path, method, operation }) => `<a href="#${operation.operationId}">${titled(method, path)}</a>`,
    ),
    [
      `<p>${escaped(about.description)}</p>`,
      ...operations.map(
        ({ path, method, operation }) => `<section id="${operation.operationId}">
<h2>${titled(method, path)}</h2><p>${escaped(operation.summary)}</p>
${operationParts(operation)}</section>`,
      ),
      ...Object.entries({ schemas: 'Schemas', parameters: 'Parameters', headers: 'Headers' }).flatMap(
        ([kind, heading]) => [
          `<h2>${heading}</h2>`,
          ...Object.entries(components[kind] ?? {}).map(
            ([name, each]) => `<section id="${anchor(kind, name)}"><h3>${name}</h3>${shown(each)}</section>`,
          ),
        ],
      ),
    ],
  );
}

const operationParts = ({ parameters, requestBody, responses }: Operation): string =>
  [
    parameters.length > 0 ? folded('Parameters', shown(parameters)) : '',
    requestBody === undefined ? '' : folded('Body', shown(requestBody)),
    ...Object.entries(responses).map(([status, { description, ...answer }]) =>
      folded(`<b>${status}</b> ${escaped(String(description))}`, shown(answer)),
    ),
  ].join('\n');

function asyncApiPage({ channels, components }: AsyncApi): string {
  const all = Object.entries(channels).map(([id, channel]) => ({
    id,
    title: escaped(channel.address ?? id),
    channel,
    messages: Object.entries(channel.messages).map(([name, { $ref }]) => ({
      name,
      message: components.messages[String($ref).slice('#/components/messages/'.length)] as Json,
    })),
  }));
  return page(
    'Topics and records',
    all.map(({ id, title }) => `<a href="#${id}"><code>${title}</code></a>`),
    all.map(
      ({ id, title, channel, messages }) => `<section id="${id}"><h2><code>${title}</code></h2>
<p>${escaped(channel.description)}</p>
${messages
  .map(({ name, message }) => folded(`<b>${name}</b> ${escaped(String(message['summary']))}`, shown(message)))
  .join('\n')}</section>`,
    ),
  );
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #222; }
body, pre { overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; justify-content: space-between; }
header nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
a { color: #05a; text-underline-offset: 0.15em; }
nav li a { text-decoration: none; }
nav li a:hover, nav li a:focus-visible { text-decoration: underline; }
:focus-visible { outline: 2px solid #05a; outline-offset: 2px; }
h2 { border-top: 1px solid #ccc; padding-top: 1rem; font-size: 1.1rem; }
h3 { font-size: 1rem; }
ul { list-style: none; padding: 0; columns: 2 22rem; column-gap: 2rem; }
li { break-inside: avoid; padding: 0.15rem 0 0.15rem 1.5rem; text-indent: -1.5rem; font-size: 0.9rem; }
summary { cursor: pointer; padding: 0.25rem 0; }
pre { background: #f5f5f2; padding: 0.75rem; white-space: pre-wrap; font-size: 0.85rem; }
`;
