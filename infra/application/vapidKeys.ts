/** What Web Push is signed with on this machine: made once and kept, since browsers subscribe with the public key. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import webpush from 'web-push';
import { z } from 'zod';

const pair = z.object({ publicKey: z.string(), privateKey: z.string() });

/** The variables by a data folder, which has to exist. */
export function vapidKeysOf(dataDir: string) {
  const file = join(dataDir, 'vapid-keys.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(webpush.generateVAPIDKeys()), { mode: 0o600 });
  const { publicKey, privateKey } = pair.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    VAPID_PUBLIC_KEY: publicKey,
    VAPID_PRIVATE_KEY: privateKey,
    // Nobody's: push services want one, and write to it when something is wrong with many messages.
    VAPID_SUBJECT: 'https://restaurant-waiting.example',
  };
}

/** The same, unless the environment has a pair of its own. */
export const vapidVariables = (dataDir: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  Object.keys(env).some((name) => name.startsWith('VAPID_')) ? {} : vapidKeysOf(dataDir);
