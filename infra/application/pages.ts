/** The links of the pages to begin with: an owner's, who pairs a tablet by it, and that of the sign at the door. */

/** One of the seeded, whose pages are shown. */
export const firstRestaurant = 1;

interface Pages {
  readonly owner: string;
  readonly join: string;
}

/** `headers` say who is asking. Rejects when the application refuses one. */
export async function pagesOf(
  url: string,
  restaurantId: number,
  headers: Readonly<Record<string, string>>,
): Promise<Pages> {
  const link = async (method: string, path: string): Promise<string> => {
    const answer = await fetch(`${url}/restaurants/${restaurantId}/${path}`, { method, headers });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { readonly url: string }).url;
  };
  const [owner, join] = await Promise.all([link('POST', 'pairings'), link('GET', 'joinLink')]);
  return { owner, join };
}

/** For whoever is at the keyboard. */
export const describePages = ({ owner, join }: Pages): string =>
  `Open, in two windows:

  the owner     ${owner}
  a customer    ${join}`;
