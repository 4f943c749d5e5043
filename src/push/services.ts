/**
 * Which addresses are push services. An endpoint comes from a browser, that is from anybody, and is where this product
 * sends requests to: without a list of hosts it would send them wherever somebody likes.
 */

/** Of the browsers that people have: Chrome and its kin, Firefox, Safari, Edge. */
export const knownServices = [
  'fcm.googleapis.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
];

/** A host, with its port if that is not 443; `*.` in front stands for one label or more. */
export const servicePattern = /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/;

/** Which of the services an endpoint belongs to; null: to none, or it is no plain https address. */
export function serviceOf(endpoint: string, services: readonly string[]): string | null {
  if (!URL.canParse(endpoint)) return null;
  const { protocol, host, username, password } = new URL(endpoint);
  if (protocol !== 'https:' || username !== '' || password !== '') return null;
  const has = (service: string): boolean =>
    service.startsWith('*.') ? host.endsWith(service.slice(1)) : host === service;
  return services.find(has) ?? null;
}
