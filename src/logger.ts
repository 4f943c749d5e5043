import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { loggedError } from './loggedError.ts';

/** JSON lines on standard output, each with the name of the process and its host. */
export const createLogger = (level: string, instance: string): Logger =>
  pino({
    level,
    base: { instance, host: hostname() },
    // Ours are under `err`, those of kafkajs under `error`.
    serializers: {
      err: (thrown: unknown) => loggedError(thrown),
      error: (thrown: unknown) => loggedError(thrown),
    },
  });
