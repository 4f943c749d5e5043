/**
 * The schema registry (Apicurio, with its Confluent-compatible API) as a process. Its ids are in every Kafka record, so it
 * keeps them in a file (H2) beside Kafka's data and must not lose one.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import type { Materials } from '../security/materials.ts';
import { classArchive } from './classArchive.ts';
import type { Java } from './machine.ts';
import type { ServerSpec } from './server.ts';

export interface RegistryPlace {
  readonly java: Java;
  readonly jars: string;
  readonly data: string;
  readonly port: number;
  /** Whether there will be another start on this data. */
  readonly keep: boolean;
  readonly materials: Materials | undefined;
}

export function registry(place: RegistryPlace): ServerSpec {
  const { materials } = place;
  const url = `${materials ? 'https' : 'http'}://127.0.0.1:${place.port}/apis/ccompat/v7`;
  const archive = classArchive(join(place.jars, '..', `registry-${place.java.version}.jsa`), place.keep);
  return {
    name: 'registry',
    port: place.port,
    url,
    prepare: () => {
      mkdirSync(place.data, { recursive: true });
      return Promise.resolve({
        file: place.java.file,
        args: [
          ...archive.options,
          '-Xmx256m',
          '-XX:+UseSerialGC',
          // The code runs for seconds at start and hardly ever again: the optimising compiler would only cost.
          '-XX:TieredStopAtLevel=1',
          '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
          ...Object.entries(settings(place)).map(([name, value]) => `-D${name}=${value}`),
          '-cp',
          `${join(place.jars, '*')}:${join(place.jars, 'lib', '*')}`,
          'io.quarkus.runner.GeneratedMain',
        ],
      });
    },
    ready: () => (materials ? answersTls(`${url}/subjects`, materials) : answers(`${url}/subjects`)),
    // Its first stop writes the class archive, which takes a busy machine ten seconds.
    stop: { signal: 'SIGTERM', patience: 20_000 },
    stopped: archive.ended,
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false; // not listening yet
  }
}

function answersTls(url: string, { ca }: Materials): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { ca: readFileSync(ca), agent: false, signal: AbortSignal.timeout(1000) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => {
      resolve(false);
    });
  });
}

const listening = ({ port, materials }: RegistryPlace) =>
  materials
    ? {
        'quarkus.http.insecure-requests': 'disabled',
        'quarkus.http.ssl-port': port,
        'quarkus.http.ssl.certificate.files': materials.pair('registry').cert,
        'quarkus.http.ssl.certificate.key-files': materials.pair('registry').key,
      }
    : { 'quarkus.http.port': port };

function settings(place: RegistryPlace): Readonly<Record<string, string | number | boolean>> {
  // WRITE_DELAY=0: H2 otherwise writes a commit within half a second, and a kill -9 in it would free an id that Kafka
  // records carry already.
  const file = `jdbc:h2:file:${join(place.data, 'registry')};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE`;
  const few = { 'initial-size': 1, 'min-size': 1, 'max-size': 10 };
  const pools = ['apicurio.datasource', 'apicurio.datasource.blue', 'apicurio.datasource.green'].flatMap(
    (source) => Object.entries(few).map(([name, value]) => [`${source}.jdbc.${name}`, value] as const),
  );
  return {
    'quarkus.http.host': '127.0.0.1',
    ...listening(place),
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'h2',
    'apicurio.datasource.url': file,
    ...Object.fromEntries(pools),
  };
}
