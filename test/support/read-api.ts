import { fastify } from "fastify";

import { readApi } from "../../src/api/read-api.ts";
import type { ReadApiOptions } from "../../src/api/read-api.ts";

export const API_TOKEN = "read-api-token";

/** The read API of a mirror on a real HTTP server of its own. */
export interface TestReadApi extends AsyncDisposable {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  /** What was reported to the log. */
  readonly failures: unknown[];
  get(path: string, init?: RequestInit): Promise<Response>;
  /** The JSON of an answer with status 200; throws with the body of another one. */
  read<T>(path: string): Promise<T>;
}

export async function openReadApi(
  options: Pick<ReadApiOptions, "db" | "source"> & Partial<ReadApiOptions>,
): Promise<TestReadApi> {
  const failures: unknown[] = [];
  const report = (error: unknown) => void failures.push(error);
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 65_536 } });
  await app.register(
    readApi({
      ...{
        token: API_TOKEN,
        maxRequestsPerSecond: 100_000,
        maxAgeMs: null,
        onFailure: report,
        onError: report,
      },
      failures: { failed: report, recovered: () => {} },
      ...options,
    }),
  );
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const get = (path: string, init: RequestInit = {}) => {
    const headers = new Headers({ authorization: `Bearer ${API_TOKEN}` });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    return fetch(url + path, { ...init, headers });
  };
  return {
    url,
    failures,
    get,
    async read(path) {
      const answer = await get(path);
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
      return JSON.parse(await answer.text());
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
