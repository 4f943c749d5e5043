/** A client of server-sent events: what one connection has brought so far, and when it was over. */
import type { Json } from './httpIngress.ts';

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Json;
}

export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  readonly events: readonly Told[];
  /** Those of the name `notification`, which are not among the others. */
  readonly notifications: readonly Told[];
  /** All that came, comments too. */
  readonly text: () => string;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly close: () => void;
}

/** Resolves once the answer has begun. Rejects when there is none. */
export async function openStream(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}${path}`, { headers, signal: abort.signal });
  const events: Told[] = [];
  const notifications: Told[] = [];
  let text = '';
  let parsed = 0;

  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    const body: ReadableStream<Uint8Array<ArrayBuffer>> | null = response.body;
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n', parsed); end >= 0; end = text.indexOf('\n\n', parsed)) {
        const told = toEvent(text.slice(parsed, end));
        if (told) (told.event === 'notification' ? notifications : events).push(told);
        parsed = end + 2;
      }
    }
  }
  // A connection that breaks ends the stream as well as one that is closed.
  const ended = read().catch(() => undefined);
  return {
    status: response.status,
    headers: response.headers,
    events,
    notifications,
    text: () => text,
    ended,
    close: () => abort.abort(),
  };
}

/** null: a comment, or a `retry`. */
function toEvent(block: string): Told | null {
  const fields = new Map(block.split('\n').map((line) => cut(line)));
  const [event, id, data] = [fields.get('event'), fields.get('id'), fields.get('data')];
  if (event === undefined || data === undefined) return null;
  return { event, id: id ?? '', data: JSON.parse(data) as Json };
}

function cut(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
