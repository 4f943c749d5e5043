import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers what a client may keep, if it asks each time whether it still holds: who polls with `If-None-Match` gets
 * a 304 without a body until something has changed. The tag is a hash of the answer, so that it is right whatever the
 * answer was made of; a weak one, because a proxy may compress what it passes on.
 */
export function sendRevalidatable(
  req: IncomingMessage,
  res: ServerResponse,
  content: string | Buffer,
  mediaType = 'application/json; charset=utf-8',
): void {
  const tag = `"${hash('sha1', content, 'base64url')}"`;
  res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('ETag', `W/${tag}`);
  if (names(req.headers['if-none-match'], tag)) {
    res.writeHead(304).end();
    return;
  }
  res.setHeader('Content-Type', mediaType);
  res.setHeader('Content-Length', Buffer.byteLength(content));
  res.end(content);
}

/**
 * Express's own comparison takes a request's `Cache-Control: no-cache` for a wish to see everything again. That header
 * is meant for caches on the way, and `fetch` adds it to every request with an `If-None-Match` of the page's own.
 */
const names = (tags: string | undefined, tag: string): boolean =>
  tags !== undefined && tags.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
