import { get as httpGet } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";

import { envelopeSchema, errorBodySchema } from "../../src/apify/contract.ts";
import type { ReadApiOptions } from "../../src/api/read-api.ts";
import { SCOPE, SOURCE, dataset, fullPass, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";
import { API_TOKEN, openReadApi } from "../support/read-api.ts";
import type { TestReadApi } from "../support/read-api.ts";

let stack: AsyncDisposableStack;
let mirror: TestMirror;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  mirror = stack.use(await openMirror());
});
afterEach(() => stack.disposeAsync());

const rows = [dataset("a", 0, { name: "one", userId: "me" }), dataset("b", 1, { userId: "me" })];

async function open(options: Partial<ReadApiOptions> = {}): Promise<TestReadApi> {
  return stack.use(await openReadApi({ db: mirror.db, source: SOURCE, ...options }));
}

async function refusal(answer: Response) {
  return { status: answer.status, ...errorBodySchema.parse(await answer.json()).error };
}

test("an item has the keys that Apify sends, with what has no column where it came from, and stats always", async () => {
  const item = {
    ...{ id: "whole", name: "n", title: "t", userId: "u", username: "me" },
    ...{
      createdAt: "2026-01-01T00:05:00.120Z",
      modifiedAt: "2026-01-02T00:00:00.000Z",
      accessedAt: "2026-01-03T00:00:00.999Z",
    },
    ...{
      itemCount: 2 ** 53 - 1,
      cleanItemCount: 0,
      actId: "act",
      actRunId: "run",
      generalAccess: "RESTRICTED",
    },
    ...{ stats: { readCount: 1, s3StorageBytes: 1e21, nested: { deep: [1, null] } } },
    ...{ schema: null, fields: ["a", "b"], 'odd "key"': { x: true } },
  };
  await fullPass(mirror, 0, [dataset("bare", 0), dataset("whole", 5, item)]);
  const api = await open();
  const { data } = envelopeSchema.parse(await api.read("/v2/datasets?unnamed=true"));
  const bare = Object.fromEntries(
    Object.keys(item)
      .slice(0, 14)
      .map((key) => [key, null]),
  );
  expect(data.items).toEqual([
    { ...bare, id: "bare", createdAt: "2026-01-01T00:00:00.000Z", itemCount: 1, stats: {} },
    item,
  ]);
});

test("an answer says as of when it is, when the mirror was in step last, and when it was proven", async () => {
  await fullPass(mirror, 10, rows);
  const { headers } = await (await open()).get("/v2/datasets");
  expect(headers.get("x-mirror-as-of")).toBe("2026-01-01T00:10:00.000000Z");
  expect(headers.get("x-mirror-synced-at")).toBe("2026-01-01T00:10:00.000000Z");
  expect(headers.get("x-mirror-proven-at")).toBe("2026-01-01T00:10:00.000000Z");
  expect(headers.get("x-ratelimit-limit")).toBe("100000");
});

test("an answer that the client has is 304, until a row is written", async () => {
  await fullPass(mirror, 0, rows);
  const api = await open();
  const ask = (path: string, tag: string) => api.get(path, { headers: { "if-none-match": tag } });
  const tag = (await api.get("/v2/datasets")).headers.get("etag") ?? "";
  const known = await ask("/v2/datasets", `"other", ${tag}`);
  expect([known.status, await known.text(), known.headers.get("etag")]).toEqual([304, "", tag]);
  expect((await ask("/v2/datasets?unnamed=1", tag)).status).toBe(200);
  expect((await ask("/v2/datasets?limit=1", tag)).status).toBe(200);
  await fullPass(mirror, 1, rows);
  expect((await ask("/v2/datasets", tag)).status).toBe(304);
  await fullPass(mirror, 2, [...rows, dataset("c", 2)]);
  const changed = await ask("/v2/datasets", tag);
  expect(changed.status).toBe(200);
  expect(changed.headers.get("etag")).not.toBe(tag);
});

test("a page is sent compressed to those who accept it", async () => {
  await fullPass(
    mirror,
    0,
    Array.from({ length: 100 }, (_, nth) => dataset(`d${nth}`, nth)),
  );
  const api = await open();
  for (const encoding of ["br", "gzip"]) {
    const answer = await api.get("/v2/datasets?unnamed=1", { headers: { "accept-encoding": encoding } });
    expect(answer.headers.get("content-encoding")).toBe(encoding);
    expect(envelopeSchema.parse(await answer.json()).data.count).toBe(100);
  }
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const headers = { authorization: `Bearer ${API_TOKEN}`, "accept-encoding": "identity" };
  httpGet(`${api.url}/v2/datasets?unnamed=1`, { headers }, (answer) => {
    resolve(answer.resume().headers["content-encoding"]);
  });
  expect(await promise).toBeUndefined();
});

test("above the rate an address gets 429 with Retry-After", async () => {
  await fullPass(mirror, 0, rows);
  const api = await open({ maxRequestsPerSecond: 2 });
  const answers = await Promise.all(Array.from({ length: 30 }, () => api.get("/v2/datasets")));
  const refused = answers.filter(({ status }) => status !== 200);
  // They may reach over the end of a second, not of several.
  expect(refused.length).toBeGreaterThan(20);
  for (const answer of refused) {
    expect(await refusal(answer)).toMatchObject({ status: 429, type: "rate-limit-exceeded" });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.headers.get("x-ratelimit-limit")).toBe("2");
  }
});

test("what the mirror does not hold is refused with the reason", async () => {
  const scope = { ...SCOPE, unnamed: false };
  const run = await mirror.begin({ scope });
  await mirror.commit(run, { rows: rows.slice(0, 1) });
  await mirror.end(run);
  const api = await open();
  expect((await api.get("/v2/datasets")).status).toBe(200);
  expect(await refusal(await api.get("/v2/datasets?unnamed=1"))).toEqual({
    status: 400,
    type: "invalid-input",
    message: "unnamed: this mirror holds named datasets only, as DATASETS_UNNAMED is false.",
  });
  const unknown = await refusal(await api.get("/v2/datasets?ownership=ownedByMe"));
  expect(unknown).toMatchObject({ status: 400, type: "invalid-input" });
  expect(unknown.message).toMatch(/^ownership: the mirror does not know yet whose account this is/);
  expect(await refusal(await api.get("/v2/users/me"))).toMatchObject({
    status: 404,
    type: "record-not-found",
  });
});

test("of a mirror of one ownership that one may be asked for, the other is refused", async () => {
  const run = await mirror.begin({ scope: { ...SCOPE, ownership: "ownedByMe" } });
  await mirror.commit(run, { rows });
  await mirror.end(run);
  const api = await open();
  const { data } = envelopeSchema.parse(await api.read("/v2/datasets?unnamed=1&ownership=ownedByMe"));
  expect(data.total).toBe(2);
  const other = await refusal(await api.get("/v2/datasets?ownership=sharedWithMe"));
  expect(other).toMatchObject({ status: 400, message: expect.stringContaining("DATASETS_OWNERSHIP") });
});

test("an account that was never mirrored, or not for too long, is 503; a list of the past is not", async () => {
  const api = await open({ maxAgeMs: 60_000 });
  expect(await refusal(await api.get("/v2/datasets"))).toMatchObject({ status: 503, type: "mirror-stale" });
  await fullPass(mirror, 0, rows);
  const setAge = (age: string) =>
    mirror.sql("update apify.sync_runs set finished_at = clock_timestamp() - $1::interval", [age]);
  await setAge("61 seconds");
  const stale = await api.get("/v2/datasets");
  expect(stale.headers.get("retry-after")).toBe("5");
  expect(await refusal(stale)).toMatchObject({ status: 503, type: "mirror-stale" });
  expect(await refusal(await api.get("/v2/datasets/a"))).toMatchObject({ status: 503 });
  expect((await api.get("/at/2026-01-01T00:00:00Z/v2/datasets")).status).toBe(200);
  await setAge("30 seconds");
  expect((await api.get("/v2/datasets")).status).toBe(200);
});

test("a database that cannot be read is 503, reported, and nothing is said of it", async () => {
  await fullPass(mirror, 0, rows);
  const api = await open();
  await mirror.sql("alter table apify.datasets rename to elsewhere");
  for (const path of ["/v2/datasets", "/v2/datasets/a"]) {
    const failed = await refusal(await api.get(path));
    expect(failed).toMatchObject({ status: 503, type: "mirror-unavailable" });
    expect(failed.message).not.toMatch(/apify\.|relation|select/);
  }
  expect(api.failures).toHaveLength(2);
});
