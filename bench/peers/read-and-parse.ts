/** What no mirror can be faster than: reads and parses the same pages, as many at a time, and does nothing with them. */
import { timed } from "../support/timed.ts";
import type { Took } from "../support/timed.ts";

export interface ReadOrder {
  readonly api: string;
  readonly token: string;
  readonly datasets: number;
  readonly concurrency: number;
}

const PAGE = 1000;

export async function run({ api, token, datasets, concurrency }: ReadOrder): Promise<Took> {
  let offset = 0;
  let rows = 0;
  const read = async () => {
    while (offset < datasets) {
      const url = `${api}/v2/datasets?offset=${offset}&limit=${PAGE}&unnamed=true`;
      offset += PAGE;
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const answer: { data: { items: unknown[] } } = JSON.parse(await response.text());
      rows += answer.data.items.length;
    }
  };
  const took = await timed(() => Promise.all(Array.from({ length: concurrency }, read)));
  if (rows !== datasets) throw new Error(`read ${rows} rows of ${datasets}`);
  return took;
}
