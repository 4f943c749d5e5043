/** The client of `reads`, a process of its own: as many requests as some connections can carry. */
import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { answer } from './child.ts';

export interface Job {
  readonly url: string;
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface Answered {
  /** Answers with 200, a second. */
  readonly rate: number;
  /** All that was not answered with 200. */
  readonly errors: number;
  /** In milliseconds. */
  readonly p99: number;
}

answer(async (asked): Promise<Answered> => {
  const { url, paths, connections, seconds } = asked as Job;
  // autocannon's own histogram is of whole milliseconds, longer than most of these answers take.
  const nanoseconds = createHistogram();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const requests = paths.map((path) => ({ path }));
    autocannon({ url, requests, connections, duration: seconds }, (error: Error | null, done) =>
      error ? reject(error) : resolve(done),
    ).on('response', (_client, _status, _bytes, millis) => {
      nanoseconds.record(Math.max(1, Math.round(millis * 1e6)));
    });
  });
  return {
    rate: result['2xx'] / result.duration,
    errors: result.errors + result.non2xx,
    p99: nanoseconds.percentile(99) / 1e6,
  };
});
