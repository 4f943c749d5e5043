/** `npm start`: see start.ts. Plain JavaScript, because nothing may be installed yet. */
import { runInstalled } from './runInstalled.mjs';

runInstalled(new URL('./start.ts', import.meta.url));
