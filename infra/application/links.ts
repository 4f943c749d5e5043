/**
 * `links` of compose.yaml: opens the restaurants to begin with and prints the links of the first one's pages, which are
 * given to nobody but the gateway. Arguments: the application's origin for us, and the one for browsers.
 */
import { describePages, firstRestaurant, pagesOf } from './pages.ts';
import { seed } from './seed.ts';

const [ours = '', browsers = ''] = process.argv.slice(2);
const headers = {
  'X-Gateway-Secret': process.env['GATEWAY_SECRET'] ?? '',
  'X-Waiting-Role': 'service',
  'X-Waiting-User': 'links',
  'X-Waiting-Restaurants': '*',
};

await seed(ours, AbortSignal.timeout(60_000), headers);
const pages = describePages(await pagesOf(ours, firstRestaurant, headers));
// Unless PUBLIC_URL is set, they lead to where we asked for them.
console.log(pages.replaceAll(`${ours}/`, `${browsers}/`));
