#!/usr/bin/env node
/** `npx waiting`: see src/cli.ts. Plain JavaScript, because the Node that is called may not run TypeScript. */
import { runInstalled } from './runInstalled.mjs';

runInstalled(new URL('../src/cli.ts', import.meta.url));
