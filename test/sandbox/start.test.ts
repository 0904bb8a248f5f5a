import { expect, test } from "vitest";
import { envelopeSchema } from "../../src/apify/contract.ts";
import type { Envelope } from "../../src/apify/contract.ts";
import { FAULT_NAMES } from "../../src/sandbox/fault-names.ts";
import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox } from "../../src/sandbox/start.ts";
import { StillClock } from "../support/still-clock.ts";

function ask(sandbox: Sandbox, query = "unnamed=true", init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${sandbox.token}` };
  return fetch(`${sandbox.url}/v2/datasets?${query}`, { headers, redirect: "manual", ...init });
}

/** Asks once, with this fault. */
function askWith(sandbox: Sandbox, name: FaultName, query?: string, init?: RequestInit): Promise<Response> {
  sandbox.faults.next(name);
  return ask(sandbox, query, init);
}

async function pageOf(answer: Promise<Response>): Promise<Envelope["data"]> {
  return envelopeSchema.parse(await (await answer).json()).data;
}

test("requests are recorded, and can be forgotten", async () => {
  await using sandbox = await startSandbox({ datasets: 5, clock: new StillClock(77) });
  await ask(sandbox, "offset=3&limit=2&unnamed=true&ownership=ownedByMe");
  await fetch(`${sandbox.url}/elsewhere`);
  await askWith(sandbox, "429");
  expect(sandbox.requests).toMatchObject([
    {
      at: 77,
      method: "GET",
      path: "/v2/datasets",
      offset: 3,
      limit: 2,
      unnamed: "true",
      ownership: "ownedByMe",
      authorized: true,
      status: 200,
      fault: null,
    },
    { path: "/elsewhere", offset: null, limit: null, authorized: false, status: 404 },
    { status: 429, fault: "429" },
  ]);
  sandbox.requests.length = 0;
  await ask(sandbox);
  expect(sandbox.requests).toHaveLength(1);
});

test("every page advances the account by a request", async () => {
  await using sandbox = await startSandbox({ datasets: 5, churn: "create=3/r" });
  expect((await pageOf(ask(sandbox))).total).toBe(8);
  await askWith(sandbox, "503");
  expect((await pageOf(ask(sandbox))).total).toBe(11);
});

test("many pages can be asked for at once", async () => {
  await using sandbox = await startSandbox({ datasets: 20_000 });
  const offsets = Array.from({ length: 20 }, (_, nth) => nth * 1000);
  const pages = await Promise.all(
    offsets.map((offset) => pageOf(ask(sandbox, `unnamed=1&offset=${offset}`))),
  );
  expect(pages.flatMap(({ items }) => items)).toEqual(sandbox.account.snapshot());
});

test("API and gateway errors have their status, type and headers", async () => {
  const clock = new StillClock(Date.UTC(2026, 0, 1));
  await using sandbox = await startSandbox({ clock });
  sandbox.faults.retryAfter = 90;
  for (const name of ["400", "401", "403", "405", "429", "500"] as const) {
    const answer = await askWith(sandbox, name);
    expect(answer.status).toBe(Number(name));
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(await answer.json()).toMatchObject({ error: { type: expect.any(String) } });
  }
  for (const name of ["502", "503", "504"] as const) {
    const answer = await askWith(sandbox, name);
    expect(answer.status).toBe(Number(name));
    expect(answer.headers.get("content-type")).toContain("text/html");
  }
  expect((await askWith(sandbox, "429-retry-after")).headers.get("retry-after")).toBe("90");
  const date = (await askWith(sandbox, "429-retry-date")).headers.get("retry-after");
  expect(date).toBe("Thu, 01 Jan 2026 00:01:30 GMT");
});

test("a redirect points to another origin or to the same page under another URL", async () => {
  await using sandbox = await startSandbox({ datasets: 5 });
  sandbox.faults.redirectTo = "http://127.0.0.1:9/v2/datasets";
  const away = await askWith(sandbox, "redirect");
  expect([away.status, away.headers.get("location")]).toEqual([302, "http://127.0.0.1:9/v2/datasets"]);
  const followed = await pageOf(
    askWith(sandbox, "redirect-same", "unnamed=true&limit=2", { redirect: "follow" }),
  );
  expect(followed).toMatchObject({ limit: 2, count: 2 });
});

test("a reset comes before the answer or inside of the body", async () => {
  await using sandbox = await startSandbox({ datasets: 1000 });
  await expect(askWith(sandbox, "reset")).rejects.toThrow("fetch failed");
  const answer = await askWith(sandbox, "reset-body");
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow("terminated");
  expect((await ask(sandbox)).status).toBe(200);
});

test("disposing ends connections that hang at once, and may be done twice", async () => {
  const sandbox = await startSandbox({ datasets: 1000 });
  const silent = askWith(sandbox, "hang");
  await expect.poll(() => sandbox.requests.length).toBe(1);
  const half = await askWith(sandbox, "hang-body");
  expect(half.status).toBe(200);
  const outcomes = Promise.allSettled([silent, half.text()]);
  await Promise.all([sandbox[Symbol.asyncDispose](), sandbox[Symbol.asyncDispose]()]);
  await sandbox[Symbol.asyncDispose]();
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(ask(sandbox)).rejects.toThrow("fetch failed");
});

test("a body can be cut, be something else, or be far too long", async () => {
  await using sandbox = await startSandbox({ datasets: 50 });
  const whole = await (await ask(sandbox)).text();
  const cut = await (await askWith(sandbox, "truncated")).text();
  expect(whole.startsWith(cut)).toBe(true);
  expect(cut.length).toBe(Math.floor(whole.length / 2));
  const html = await askWith(sandbox, "html");
  expect([html.status, html.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(await html.text()).toMatch(/^<!DOCTYPE html>/);
  const typed = await askWith(sandbox, "content-type");
  expect(typed.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await typed.text()).toBe(whole);
  const huge = await (await askWith(sandbox, "huge")).bytes();
  expect(huge.length).toBeGreaterThan(64 * 1024 * 1024);
});

test("an envelope can be wrong", async () => {
  await using sandbox = await startSandbox({ datasets: 50, named: 0 });
  const wrong = (name: FaultName) => pageOf(askWith(sandbox, name, "unnamed=true&offset=20&limit=10"));
  const honest = await pageOf(ask(sandbox, "unnamed=true&offset=20&limit=10"));
  expect(await wrong("count")).toEqual({ ...honest, count: 11 });
  expect(await wrong("total-small")).toEqual({ ...honest, total: 10 });
  expect(await wrong("total-large")).toEqual({ ...honest, total: 1_000_050 });
  expect(await wrong("empty")).toEqual({ ...honest, count: 0, items: [] });
  expect((await wrong("bad-limit")).limit).not.toBe(10);
  const unsorted = (await wrong("unsorted")).items;
  expect(unsorted).toEqual([honest.items[9], ...honest.items.slice(1, 9), honest.items[0]]);
  const doubled = await wrong("duplicate");
  expect(doubled).toMatchObject({ count: 11, total: 50 });
  expect(new Set(doubled.items.map((item) => JSON.stringify(item))).size).toBe(10);
});

test("one item of a page can be broken, in the answer only", async () => {
  await using sandbox = await startSandbox({ datasets: 50 });
  const truth = sandbox.account.snapshot();
  const signs: Partial<Record<FaultName, (item: string) => boolean>> = {
    "no-id": (item) => item.startsWith('{"name"'),
    "no-created": (item) => !item.includes("createdAt"),
    "bad-date": (item) => item.includes('"createdAt":"2026-02-30T'),
    nul: (item) => item.includes("\\u0000"),
    surrogate: (item) => item.includes('"half-\\ud83d-emoji"'),
    "out-of-range": (item) => item.includes('"itemCount":1e+30'),
    deep: (item) => item.includes(`"stats":${'{"deeper":'.repeat(10_000)}`),
    "long-name": (item) => item.includes("n".repeat(10_000_000)),
  };
  for (const [name, sign] of Object.entries(signs)) {
    const fault = FAULT_NAMES.find((known) => known === name) ?? "429";
    const text = await (await askWith(sandbox, fault)).text();
    const items = text.slice(text.indexOf("[") + 1, -3).split(/(?<=\}),(?=\{)/);
    expect(items.filter((item) => sign(item))).toHaveLength(1);
    const whole = new Set(truth.map((item) => JSON.stringify(item)));
    expect(items.filter((item) => whole.has(item))).toHaveLength(49);
  }
  expect((await pageOf(ask(sandbox))).items).toEqual(truth);
});

test("faults of the page leave an empty page alone", async () => {
  await using sandbox = await startSandbox();
  for (const name of ["no-id", "duplicate", "unsorted", "deep"] as const) {
    expect(await pageOf(askWith(sandbox, name))).toMatchObject({ count: 0, items: [] });
  }
});

test("a port that is taken is an error", async () => {
  await using other = await startSandbox();
  const port = Number(new URL(other.url).port);
  await expect(startSandbox({ port })).rejects.toThrow("EADDRINUSE");
});

test("latency is waited for by the clock that was passed in", async () => {
  const clock = new StillClock(0);
  await using sandbox = await startSandbox({ clock, latency: 250 });
  await ask(sandbox);
  expect(clock.now()).toBe(250);
});
