/** What a way of running the servers (local processes, compose, testcontainers) is given to make them. */
import type { Materials } from '../security/materials.ts';
import type { Listener } from './cluster.ts';
import type { Ports } from './ports.ts';
import type { Places, ServerName } from './server.ts';
import type { Steps } from './steps.ts';

export interface Making {
  readonly needed: readonly ServerName[];
  readonly ports: Ports;
  readonly dataDir: string;
  readonly cacheDir: string;
  /** Whether there will be another start on this data. */
  readonly keep: boolean;
  /** What servers prove themselves with, and let others in by; undefined: everybody on this machine is let in. */
  readonly materials: Materials | undefined;
  /** Of Kafka; with more than one, each is a process of its own. */
  readonly brokers: number;
  /** Other ways to several brokers. */
  readonly listeners: readonly Listener[];
  readonly steps: Steps;
  readonly places: Places;
}
