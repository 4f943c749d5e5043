/** `npm test`: see test.ts. Plain JavaScript, because nothing may be installed yet. */
import { runInstalled } from './install.mjs';

runInstalled('test.ts');
