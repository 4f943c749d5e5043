/** `npm test`: see test.ts. Plain JavaScript, because nothing may be installed yet. */
import { runInstalled } from './runInstalled.mjs';

runInstalled(new URL('./test.ts', import.meta.url));
