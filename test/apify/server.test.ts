import { ApifyClient } from "apify-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { envelopeSchema, errorBodySchema } from "../../src/apify/contract.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox } from "../../src/sandbox/start.ts";
import { StillClock } from "../support/still-clock.ts";

const clock = new StillClock(Date.UTC(2026, 6, 1, 12, 0, 7));
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock, datasets: 2500 });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

function ask(pathAndQuery: string, init: RequestInit = {}, token: string | null = sandbox.token) {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  return fetch(sandbox.url + pathAndQuery, { ...init, headers });
}

const refusal = async (answer: Response) => {
  return { status: answer.status, ...errorBodySchema.parse(await answer.json()).error };
};

test("a page is the contract's envelope with the server's own time and limit on requests", async () => {
  const answer = await ask("/v2/datasets?unnamed=1&offset=2000&limit=5000");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(answer.headers.get("date")).toBe("Wed, 01 Jul 2026 12:00:07 GMT");
  expect(answer.headers.get("x-ratelimit-limit")).toBe("60");
  const { data } = envelopeSchema.parse(await answer.json());
  expect(data).toMatchObject({
    total: 2500,
    offset: 2000,
    limit: 1000,
    count: 500,
    desc: false,
    unnamed: true,
  });
  expect(data.items).toEqual(sandbox.account.snapshot().slice(2000));
});

test("parameters out of range or of another type are refused with the API's type and their names", async () => {
  const bad = [
    "offset=-1",
    "limit=x",
    "limit=1.5",
    "limit=",
    "unnamed=yes",
    "desc=2",
    "ownership=mine",
    "offset=1&offset=2",
  ];
  for (const query of bad) {
    const found = await refusal(await ask(`/v2/datasets?${query}`));
    expect(found).toMatchObject({ status: 400, type: "invalid-input" });
    expect(found.message).toContain(query.split("=")[0]);
  }
});

test("unknown parameters are ignored", async () => {
  expect((await ask("/v2/datasets?colour=blue")).status).toBe(200);
});

test("without the token, or with another one, nothing is listed", async () => {
  expect(await refusal(await ask("/v2/datasets", {}, null))).toMatchObject({
    status: 401,
    type: "token-not-provided",
  });
  expect(await refusal(await ask("/v2/datasets", {}, "other"))).toMatchObject({
    status: 401,
    type: "user-or-token-not-found",
  });
});

test("other methods are 405, other paths 404, with the headers of every answer", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const answer = await ask("/v2/datasets?limit=1", { method, headers: { "content-type": "text/odd" } });
    expect(answer.headers.get("x-ratelimit-limit")).toBe("60");
    expect(await refusal(answer)).toMatchObject({ status: 405, type: "method-not-allowed" });
  }
  expect((await ask("/v2/datasets", { method: "HEAD" })).status).toBe(405);
  for (const path of ["/", "/v2/datasets/", "/v2/actors", "/v2"]) {
    expect((await refusal(await ask(path))).status).toBe(404);
  }
});

test("above the rate requests are refused until the clock has moved on, with Retry-After where it is set", async () => {
  sandbox.limits.rate = 5;
  try {
    const statuses = async (count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask("/v2/datasets?limit=1")));
      return answers.map(({ status }) => status).toSorted((one, other) => one - other);
    };
    expect(await statuses(7)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = await ask("/v2/datasets");
    expect(refused.headers.get("x-ratelimit-limit")).toBe("5");
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(await refusal(refused)).toMatchObject({ status: 429, type: "rate-limit-exceeded" });
    clock.pass(400);
    expect(await statuses(3)).toEqual([200, 200, 429]);
    sandbox.limits.retryAfter = 3;
    expect((await ask("/v2/datasets")).headers.get("retry-after")).toBe("3");
  } finally {
    sandbox.limits.rate = undefined;
  }
});

test("the official client pages it, by hand and by its iterator", async () => {
  const client = new ApifyClient({ baseUrl: sandbox.url, token: sandbox.token, maxRetries: 0 });
  const truth = sandbox.account.snapshot().map(({ id }) => id);
  const page = await client.datasets().list({ offset: 1200, limit: 700, unnamed: true });
  expect(page).toMatchObject({
    total: 2500,
    offset: 1200,
    limit: 700,
    count: 700,
    desc: false,
    unnamed: true,
  });
  expect(page.items.map(({ id }) => id)).toEqual(truth.slice(1200, 1900));
  expect(page.items[0]?.createdAt).toBeInstanceOf(Date);

  const seen: string[] = [];
  for await (const { id } of client.datasets().list({ unnamed: true, limit: 2300 })) seen.push(id);
  expect(seen).toEqual(truth.slice(0, 2300));
  const newest = await client.datasets().list({ desc: true, limit: 3, unnamed: true });
  expect(newest.items.map(({ id }) => id)).toEqual(truth.toReversed().slice(0, 3));
});

test("the official client is told why it is refused", async () => {
  const client = new ApifyClient({ baseUrl: sandbox.url, token: "other", maxRetries: 0 });
  await expect(client.datasets().list()).rejects.toMatchObject({
    statusCode: 401,
    type: "user-or-token-not-found",
  });
});
