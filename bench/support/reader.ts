import { Agent, request } from "undici";

import { envelopeSchema } from "../../src/apify/contract.ts";

/** One who reads pages of a list, on one connection. */
export interface Reader extends AsyncDisposable {
  /** Asks for a page; the answer is read, not parsed. Milliseconds. */
  read(query: string, headers?: Readonly<Record<string, string>>): Promise<number>;
  /** Rows of the list that a query asks for. */
  total(query: string): Promise<number>;
}

export function openReader(url: string, token: string): Reader {
  const dispatcher = new Agent({ connections: 1 });
  const get = async (query: string, headers: Readonly<Record<string, string>>) => {
    const all = { authorization: `Bearer ${token}`, ...headers };
    const { statusCode, body } = await request(`${url}/v2/datasets?${query}`, { dispatcher, headers: all });
    const bytes = await body.bytes();
    if (statusCode !== 200) throw new Error(`${query} was answered with ${statusCode}`);
    return bytes;
  };
  return {
    async read(query, headers = {}) {
      const from = performance.now();
      await get(query, headers);
      return performance.now() - from;
    },
    async total(query) {
      const text = Buffer.from(await get(`${query}&limit=1`, {})).toString();
      return envelopeSchema.parse(JSON.parse(text)).data.total;
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}
