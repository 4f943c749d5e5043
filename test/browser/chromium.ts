/** Chromium as npm installs it: packed in the package, so that no machine has to have a browser. One for all tests of a file. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from '@jest/globals';
import { type Browser, launch } from 'puppeteer-core';

const require = createRequire(import.meta.url);
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'chromium');

/** Unpacking and starting take some seconds, and a busy machine may take several times as long. */
const launchMillis = 120_000;

const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
/** It is asked for pages of our own alone; as root, and in most containers, its sandbox does not start. */
const unconfined = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'];

/** The path of its program, which is unpacked when this version was not yet. */
async function chromium(): Promise<string> {
  const packed = require.resolve('@sparticuz/chromium');
  const description = readFileSync(join(dirname(packed), '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(description) as { version: string };
  const place = join(cache, version);
  const program = join(place, 'chromium');
  if (existsSync(program)) return program;
  // The package unpacks into the folder for temporary files, and takes for whole what another process unpacks there.
  mkdirSync(cache, { recursive: true });
  const unpacking = mkdtempSync(join(cache, 'unpacking-'));
  const script = `await (await import(${JSON.stringify(packed)})).default.executablePath()`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: unpacking },
  });
  try {
    renameSync(unpacking, place);
  } catch (error) {
    rmSync(unpacking, { recursive: true });
    if (!existsSync(program)) throw error; // else another process was first
  }
  return program;
}

/** Fontconfig's only family: a machine may have none with Korean, and pictures are to look alike everywhere. */
function fonts(): string {
  const config = join(cache, 'fonts.conf');
  const family = dirname(require.resolve('@expo-google-fonts/nanum-gothic/package.json'));
  writeFileSync(
    config,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>${family}</dir><cachedir>${join(cache, 'fonts')}</cachedir></fontconfig>`,
  );
  return config;
}

/** One running browser. What it answers may be called inside tests only. */
export function sharedBrowser(): () => Browser {
  let shared: Browser | null = null;
  beforeAll(async () => {
    const executablePath = await chromium();
    shared = await launch({
      executablePath,
      headless: 'shell',
      timeout: launchMillis,
      args: [...quiet, ...unconfined, '--font-render-hinting=none', '--lang=ko'],
      env: { ...process.env, FONTCONFIG_FILE: fonts() },
    });
  }, launchMillis);
  afterAll(() => shared?.close());
  return () => {
    if (!shared) throw new Error('the browser is there while tests run');
    return shared;
  };
}
