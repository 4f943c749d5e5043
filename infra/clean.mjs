/** `npm run clean`: see clean.ts. Plain JavaScript, because nothing may be installed yet. */
import { runInstalled } from './install.mjs';

runInstalled('clean.ts');
