import { ApifyClient } from "apify-client";
import { fastify } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { envelopeSchema, errorBodySchema, userSchema } from "../../src/apify/contract.ts";
import { tokenCheck } from "../../src/apify/access.ts";
import { serveDatasets } from "../../src/apify/server.ts";
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

const firstId = () => sandbox.account.snapshot()[0]?.id;

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
    type: "token-not-valid",
  });
});

test("the token may also stand in the URL; the header counts when both are sent", async () => {
  const inUrl = `/v2/datasets?token=${sandbox.token}`;
  expect((await ask(inUrl, {}, null)).status).toBe(200);
  expect((await ask(inUrl, {}, "other")).status).toBe(401);
  expect((await ask("/v2/datasets?token=other", {}, null)).status).toBe(401);
  expect((await ask("/v2/datasets?token=", {}, null)).status).toBe(401);
  expect((await ask("/v2/datasets?token=other")).status).toBe(200);
});

test("a token of another account that is served here is refused with 403, not taken for an unknown one", async () => {
  const app = fastify();
  const authorize = tokenCheck("own-token", ["others-token"]);
  const account = { list: () => null, get: () => null, owner: () => sandbox.account.owner };
  await app.register(async (scope) => serveDatasets(scope, { account, authorize }), { prefix: "/v2" });
  const statuses = ["own-token", "others-token", "no-token"].map(async (token) => {
    const answer = await app.inject({ url: "/v2/users/me", query: { token } });
    return [answer.statusCode, errorBodySchema.safeParse(answer.json()).data?.error.type];
  });
  expect(await Promise.all(statuses)).toEqual([
    [200, undefined],
    [403, "permission-denied"],
    [401, "token-not-valid"],
  ]);
});

test("other methods are 405, other paths 404, with the headers of every answer", async () => {
  for (const path of ["/v2/datasets?limit=1", `/v2/datasets/${firstId()}`, "/v2/users/me"]) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const answer = await ask(path, { method, headers: { "content-type": "text/odd" } });
      expect(answer.headers.get("x-ratelimit-limit")).toBe("60");
      expect(answer.headers.get("allow")).toBe("OPTIONS,GET");
      expect(await refusal(answer)).toMatchObject({ status: 405, type: "method-not-allowed" });
    }
    expect((await ask(path, { method: "HEAD" })).status).toBe(405);
  }
  for (const path of ["/", "/v2/datasets/", "/v2/actors", "/v2", "/v2/users", "/v2/datasets/a/items"]) {
    expect(await refusal(await ask(path, {}, null))).toMatchObject({ status: 404, type: "page-not-found" });
  }
});

test("a page of another origin may ask: its preflight needs no token, and its answers may be read", async () => {
  const preflight = await ask("/v2/datasets", { method: "OPTIONS" }, null);
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("allow")).toBe("OPTIONS,GET");
  expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
  expect((await ask("/v2/datasets")).headers.get("access-control-allow-origin")).toBe("*");
});

test("one dataset is found by its id and, where it has a name, by that of its owner and its own", async () => {
  const items = sandbox.account.snapshot();
  const named = items.find(({ name }) => typeof name === "string");
  const one = await ask(`/v2/datasets/${firstId()}`);
  expect(await one.json()).toEqual({ data: items[0] });
  const byName = await ask(`/v2/datasets/${named?.username}~${named?.name}`);
  expect(await byName.json()).toEqual({ data: named });
  for (const id of ["nothing", "sandbox-owner~nothing", "~", "a".repeat(200)]) {
    expect(await refusal(await ask(`/v2/datasets/${id}`))).toMatchObject({
      status: 404,
      type: "record-not-found",
    });
  }
});

test("the token's account is told, by any of its names, and no other one", async () => {
  const owner = { id: sandbox.account.snapshot()[0]?.userId, username: "sandbox-owner" };
  for (const id of ["me", owner.id, owner.username]) {
    const { data } = z.object({ data: userSchema }).parse(await (await ask(`/v2/users/${id}`)).json());
    expect(data).toEqual(owner);
  }
  expect(await refusal(await ask("/v2/users/you"))).toMatchObject({ status: 404, type: "record-not-found" });
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
    type: "token-not-valid",
  });
});
