/** Bytes on connections of their own: whatever comes, the answers are whole, none of them an error of ours, and none waits. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { dice } from './dice.ts';
import type { Fuzzed, Size } from './records.ts';
import { anyExchange, type Exchange, type Targets } from './requests.ts';

/** How long a request that is not whole is left alone before its sender goes (ms). */
const quietMillis = 150;
/** After that the server has to end it. */
const endMillis = 10_000;
const sideBySide = 64;

/** An answer as it came; `body` is null where it has no end of its own: a stream. */
interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | null;
}

export async function fuzzSockets(
  url: string,
  targets: Targets,
  { cases, seed }: Size,
  say: (text: string) => void,
): Promise<Fuzzed> {
  const started = performance.now();
  const draw = dice(seed);
  const counts: Record<string, number> = {};
  const problems: string[] = [];
  let done = 0;
  const one = async (): Promise<void> => {
    while (done < cases) {
      done += 1;
      if (done % 2_000 === 0) say(`${done} of ${cases} connections`);
      const exchange = anyExchange(draw, targets);
      const wrong = (what: string): void =>
        void problems.push(`${exchange.mutation}: ${what}: ${JSON.stringify(shown(exchange))}`);
      const { bytes, how } = await talk(url, exchange.pieces);
      const { answers, rest } = read(bytes);
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
      if (answers.length === 0) counts['no answer'] = (counts['no answer'] ?? 0) + 1;
      if (how === 'hangs') wrong(`was not ended within ${endMillis / 1_000} s`);
      // What was cut off while it was answered may be a part of an answer, and nothing else.
      if (rest !== '' && !/^HTTP\/1\.1 \d{3} /.test(rest))
        wrong(`was answered what is no answer: ${rest.slice(0, 200)}`);
      for (const answer of answers) {
        const flaw = flawOf(answer);
        if (flaw) wrong(flaw);
      }
      const statuses = answers.map(({ status }) => status);
      if (exchange.only !== undefined && statuses.join() !== String(exchange.only))
        wrong(`was answered ${statuses.join(', ') || 'nothing'} instead of ${exchange.only}`);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, one));
  problems.push(...(await stillThere(url)));
  return { cases, seconds: (performance.now() - started) / 1_000, counts, problems };
}

const shown = ({ pieces }: Exchange): string => Buffer.concat(pieces).toString('latin1').slice(0, 600);

/** Sends, listens until nothing more comes, ends its side and waits for the other. */
async function talk(
  url: string,
  pieces: readonly Buffer[],
): Promise<{ bytes: Buffer; how: 'ended' | 'hangs' }> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port) });
  const received: Buffer[] = [];
  const closed = new Promise<'ended'>((resolve) => socket.once('close', () => resolve('ended')));
  const over = new AbortController();
  const after = (millis: number): Promise<'hangs'> =>
    sleep(millis, 'hangs' as const, { signal: over.signal }).catch(() => 'hangs' as const);
  // The server may end it while we still send.
  socket.on('error', () => undefined);
  let quiet = setTimeout(() => socket.end(), quietMillis);
  socket.on('data', (data) => {
    received.push(data);
    clearTimeout(quiet);
    // A stream has no end of its own.
    if (data.includes('text/event-stream')) socket.destroy();
    else quiet = setTimeout(() => socket.end(), quietMillis);
  });
  for (const piece of pieces) {
    socket.write(piece);
    if (pieces.length > 1) await sleep(1);
  }
  const how = await Promise.race([closed, after(quietMillis + endMillis)]);
  over.abort();
  clearTimeout(quiet);
  socket.destroy();
  return { bytes: Buffer.concat(received), how };
}

/** The answers that stand in the bytes one after the other, and what is left behind them. */
function read(bytes: Buffer): { readonly answers: readonly Answer[]; readonly rest: string } {
  const answers: Answer[] = [];
  let rest = bytes.toString('latin1');
  for (;;) {
    const [head, status, lines] = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest) ?? [];
    if (head === undefined) return { answers, rest };
    const headers = new Map(
      (lines ?? '')
        .split('\r\n')
        .filter((line) => line !== '')
        .map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
    );
    const found = bodyOf(Number(status), headers, rest.slice(head.length));
    if (found === 'not whole') return { answers, rest };
    answers.push({ status: Number(status), headers, body: found.body });
    rest = found.rest;
  }
}

function bodyOf(
  status: number,
  headers: ReadonlyMap<string, string>,
  rest: string,
): { body: string | null; rest: string } | 'not whole' {
  if (status < 200 || status === 204 || status === 304) return { body: '', rest };
  const length = headers.get('content-length');
  if (length !== undefined) {
    const end = Number(length);
    return rest.length < end ? 'not whole' : { body: rest.slice(0, end), rest: rest.slice(end) };
  }
  if (headers.get('transfer-encoding') !== 'chunked') return { body: rest, rest: '' };
  if (headers.get('content-type')?.startsWith('text/event-stream') === true) return { body: null, rest: '' };
  let body = '';
  for (let left = rest; ;) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(left) ?? [];
    if (line === undefined || size === undefined) return 'not whole';
    const bytes = Number.parseInt(size, 16);
    const end = line.length + bytes + 2;
    if (left.length < end) return 'not whole';
    body += left.slice(line.length, line.length + bytes);
    left = left.slice(end);
    if (bytes === 0) return { body, rest: left };
  }
}

/** What an answer may not be. */
function flawOf({ status, headers, body }: Answer): string | null {
  if (status >= 500) return `was answered ${status} ${String(body).slice(0, 300)}`;
  if (headers.get('content-type')?.includes('json') !== true || body === null) return null;
  try {
    JSON.parse(Buffer.from(body, 'latin1').toString());
    return null;
  } catch {
    return `was answered ${status} with what is no JSON: ${body.slice(0, 300)}`;
  }
}

/** Whether it serves as before, and holds nothing that is over. */
async function stillThere(url: string): Promise<string[]> {
  const health = await fetch(`${url}/health/ready`);
  const text = await (await fetch(`${url}/metrics`)).text();
  const open = [...text.matchAll(/^waiting_open_streams\{[^}]*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  return [
    ...(health.status === 200 ? [] : [`it is not ready any more: ${await health.text()}`]),
    ...(open.some((count) => count > 0) ? [`streams are open that nobody listens to: ${open.join()}`] : []),
  ];
}
