/** `npm run clean`: see clean.ts. Plain JavaScript, because nothing may be installed yet. */
import { runInstalled } from './runInstalled.mjs';

runInstalled(new URL('./clean.ts', import.meta.url));
