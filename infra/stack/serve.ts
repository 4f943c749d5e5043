/**
 * Only the servers, for working on the application by hand: `node infra/stack/serve.ts` prints the URLs as lines for a
 * shell and stays until Ctrl-C. Ports and folder by the same variables as `npm start`.
 */
import { join } from 'node:path';
import { portsFrom } from './ports.ts';
import { startStack } from './stack.ts';
import { steps } from './steps.ts';
import { givenUrls } from './urls.ts';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stopped.abort();
  });

const stack = await startStack({
  dataDir: process.env['DATA_DIR'] ?? join(import.meta.dirname, '..', '..', '.data'),
  ports: portsFrom(process.env),
  given: givenUrls(process.env),
  steps: steps(process.stderr),
  keep: true,
  signal: stopped.signal,
});
for (const [name, url] of Object.entries(stack.urls)) console.log(`export ${name}=${String(url)}`);
const tick = setInterval(() => undefined, 60_000);
if (!stopped.signal.aborted)
  await new Promise((resolve) => {
    stopped.signal.addEventListener('abort', resolve);
  });
await stack.stop();
clearInterval(tick);
