/** A thread of `npm run simulate`: lives through the seeds that it is given. */
import { parentPort } from 'node:worker_threads';
import { summaryOf } from './summary.ts';

// Errors are what a simulation is made of; nobody reads where they were made.
Error.stackTraceLimit = 0;

parentPort?.on('message', ({ first, end }: { first: number; end: number }) => {
  void summaryOf(first, end).then((summary) => parentPort?.postMessage(summary));
});
