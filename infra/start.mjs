/** `npm start`: see start.ts. Plain JavaScript, because nothing may be installed yet. */
import { runInstalled } from './install.mjs';

runInstalled('start.ts');
