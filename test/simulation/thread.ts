/** A thread of `npm run simulate`: lives through the seeds that it is given. */
import { parentPort } from 'node:worker_threads';
import { summaryOf } from './summary.ts';

parentPort?.on('message', ({ first, end }: { first: number; end: number }) => {
  void summaryOf(first, end).then((summary) => parentPort?.postMessage(summary));
});
