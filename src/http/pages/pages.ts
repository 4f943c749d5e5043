/**
 * The pages that people hold in their hands: of customers, of owners, and of whoever wants to join. They are files as
 * they are in public/, which use the API as anybody does; their links carry the token in the fragment, which no request has.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { idText, restaurantPath } from '../input.ts';
import { Problem } from '../problems.ts';
import { sendRevalidatable } from '../revalidation.ts';
import type { Route } from '../routes.ts';

const folder = join(import.meta.dirname, 'public');
const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.webmanifest', 'application/manifest+json'],
]);

interface PageFile {
  readonly content: Buffer;
  readonly mediaType: string;
}

/** What a page may load, by name: our own files, and the one library that they use. */
const files: ReadonlyMap<string, PageFile> = new Map(
  [
    ...readdirSync(folder).map((name) => [name, join(folder, name)] as const),
    ['eventsource-parser.js', fileURLToPath(import.meta.resolve('eventsource-parser'))] as const,
  ].flatMap(([name, path]) => {
    const mediaType = mediaTypes.get(extname(name));
    return mediaType === undefined ? [] : [[name, { content: readFileSync(path), mediaType }] as const];
  }),
);

function page(path: string, operationId: string, summary: string, params: z.ZodObject, file: string): Route {
  const korean = readFileSync(join(folder, file), 'utf8');
  const texts = { ko: korean, en: korean.replace('<html lang="ko"', '<html lang="en"') };
  return {
    method: 'get',
    path,
    about: {
      kind: 'operation',
      operationId,
      summary,
      params,
      answers: { 200: { description: 'the page, in Korean or English', mediaType: 'text/html' } },
    },
    handle: (req, res) => {
      const language = req.acceptsLanguages('ko', 'en') === 'en' ? 'en' : 'ko';
      sendRevalidatable(req, res.vary('Accept-Language'), texts[language], 'text/html; charset=utf-8');
    },
  };
}

export const pageRoutes = (): readonly Route[] => [
  page(
    '/w/:waitingId',
    'getCustomerPage',
    'The page of a customer',
    z.object({ waitingId: idText }),
    'customer.html',
  ),
  page('/r/:restaurantId', 'getJoinPage', 'The page to join a queue with', restaurantPath, 'join.html'),
  page('/o/:restaurantId', 'getOwnerPage', "The page of an owner's tablet", restaurantPath, 'owner.html'),
  {
    method: 'get',
    path: '/pages/:file',
    about: {
      kind: 'operation',
      operationId: 'getPageFile',
      summary: 'What the pages are made of',
      params: z.object({ file: z.string() }),
      answers: { 200: { description: 'the file', mediaType: 'text/javascript' } },
      refusals: ['NOT_FOUND'],
    },
    handle: sendFile,
  },
];

function sendFile(req: Request, res: Response): void {
  const name = String(req.params['file']);
  const file = files.get(name);
  if (!file) throw new Problem('NOT_FOUND', `there is no file ${name}`);
  // The pages are wherever their ids are, and the service worker is for all of them.
  if (name === 'sw.js') res.set('Service-Worker-Allowed', '/');
  sendRevalidatable(req, res, file.content, file.mediaType);
}

/** Where the pages are, as somebody elsewhere opens them: `/o/1#eyJ…`. */
export interface PageLinks {
  readonly owner: (req: Request, restaurantId: number, token: string) => string;
  readonly join: (req: Request, restaurantId: number, token: string) => string;
}

/** `publicUrl`: the origin that people reach this service by; null: the one that the request came to. */
export function createPageLinks(publicUrl: string | null): PageLinks {
  const link =
    (path: string) =>
    (req: Request, restaurantId: number, token: string): string =>
      `${publicUrl ?? `${req.protocol}://${req.get('host') ?? ''}`}/${path}/${restaurantId}#${token}`;
  return { owner: link('o'), join: link('r') };
}
