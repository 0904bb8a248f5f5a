import { ApifyClient } from "apify-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

import { errorBodySchema, itemSchema } from "../../src/apify/contract.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Row } from "../../src/mirror/row.ts";
import { SOURCE, dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";
import { API_TOKEN, openReadApi } from "../support/read-api.ts";
import type { TestReadApi } from "../support/read-api.ts";

const SEED = Number(process.env["SIM_SEED"] ?? Date.now() % 1_000_000);

let mirror: TestMirror;
let api: TestReadApi;
beforeEach(async () => {
  mirror = await openMirror();
  api = await openReadApi({ db: mirror.db, source: SOURCE });
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
});

const at = (minutes: number) => new Date(minute(minutes)).toISOString();

const listSchema = z.object({ data: z.object({ total: z.number(), items: z.array(itemSchema) }) });

async function list(path: string): Promise<z.infer<typeof listSchema>["data"]> {
  return listSchema.parse(await api.read(path)).data;
}

test("a list of the past is what datasets_as_of gives, however it is paged", async () => {
  const random = seededRandom(SEED);
  console.log(`SIM_SEED=${SEED}`);
  const account = new Map<string, Row>();
  for (let pass = 0; pass < 8; pass++) {
    change(account, pass, random);
    await fullPass(mirror, 10 * pass, [...account.values()], { share: 1 });
  }
  for (let moment = 0; moment <= 70; moment += 7) {
    for (const unnamed of [true, false]) {
      const rows = await mirror.sql(
        `select id, name, item_count::int as "itemCount" from apify.datasets_as_of($1) where source = $2 and ($3 or name is not null)
          order by created_at, id collate "C"`,
        [at(moment), SOURCE, unnamed],
      );
      const path = `/at/${at(moment)}/v2/datasets?unnamed=${unnamed}`;
      const pages = [await list(`${path}&limit=40`), await list(`${path}&limit=300&offset=40`)];
      const found = pages.flatMap(({ items }) => items);
      expect(found, `SIM_SEED=${SEED}, ${path}`).toMatchObject(rows);
      expect(pages.map(({ total }) => total)).toEqual([rows.length, rows.length]);
      const newest = await list(`${path}&limit=7&desc=1`);
      expect(newest.items.map(({ id }) => id)).toEqual(
        rows
          .map(({ id }) => id)
          .toReversed()
          .slice(0, 7),
      );
    }
  }
});

/** Datasets come, go, come back and are renamed. */
function change(account: Map<string, Row>, pass: number, random: () => number): void {
  for (let nth = 0; nth < 60; nth++) {
    const id = `d${Math.floor(random() * 250)}`;
    const name = random() < 0.3 ? `name-${pass}` : null;
    if (random() < 0.4) account.delete(id);
    else account.set(id, dataset(id, Number(id.slice(1)) % 50, { name, itemCount: pass }));
  }
}

test("what the mirror writes while a list is paged changes nothing in it", async () => {
  const rows = Array.from({ length: 30 }, (_, nth) => dataset(`d${nth}`, nth));
  await fullPass(mirror, 60, rows);
  const first = await api.get("/v2/datasets?unnamed=1&limit=10");
  const link = /^<(.+)>; rel="snapshot"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  const standing = new URL(link, first.url);
  expect(standing.pathname).toBe(`/at/${first.headers.get("x-mirror-as-of")}/v2/datasets`);

  const client = new ApifyClient({ baseUrl: standing.href.replace("/v2/datasets", ""), token: API_TOKEN });
  const seen: string[] = [];
  for (let offset = 0; offset < 30; offset += 10) {
    // Ten of the first expire, ten new ones are listed, and one gets a name.
    const left = rows
      .slice(offset / 3 + 5)
      .map((row, nth) => (nth === 3 ? dataset(row.id, nth, { name: "n" }) : row));
    await fullPass(mirror, 70 + offset, left, { share: 1 });
    const page = await client.datasets().list({ offset, limit: 10, unnamed: true });
    expect(page).toMatchObject({ total: 30, count: 10 });
    expect(page.items.every(({ name }) => name === null)).toBe(true);
    seen.push(...page.items.map(({ id }) => id));
  }
  expect(seen).toEqual(rows.map(({ id }) => id));
});

test("the official client's iterator loses rows of a list that moves, and none of one that stands still", async () => {
  const rows = Array.from({ length: 2500 }, (_, nth) => dataset(`d${nth}`, nth));
  const ids = rows.map(({ id }) => id);
  await fullPass(mirror, 3000, rows);
  const settled = (await api.get("/v2/datasets")).headers.get("x-mirror-as-of");
  let passes = 0;
  /** Before each further page the oldest 300 expire, and as many are created. */
  const iterate = async (baseUrl: string) => {
    const seen: string[] = [];
    const client = new ApifyClient({ baseUrl, token: API_TOKEN });
    for await (const { id } of client.datasets().list({ unnamed: true })) {
      seen.push(id);
      if (seen.length % 1000 !== 0) continue;
      passes++;
      rows.splice(0, 300);
      for (let nth = 0; nth < 300; nth++) rows.push(dataset(`n${passes}-${nth}`, 2500 + passes));
      await fullPass(mirror, 3000 + passes, rows);
    }
    return seen;
  };
  expect(await iterate(`${api.url}/at/${settled}`)).toEqual(ids);
  const live = rows.map(({ id }) => id);
  const seen = new Set(await iterate(api.url));
  expect(rows.some(({ id }) => live.includes(id) && !seen.has(id))).toBe(true);
});

/** The dataset, or the status of the refusal. */
async function get(minutes: number, id: string): Promise<unknown> {
  const answer = await api.get(`/at/${at(minutes)}/v2/datasets/${id}`);
  if (answer.status !== 200) return answer.status;
  return z.object({ data: itemSchema }).parse(await answer.json()).data;
}

test("one dataset is as it was, under the name it had", async () => {
  await fullPass(mirror, 0, [dataset("a", 0, { name: "old", username: "me" }), dataset("b", 1)]);
  await fullPass(mirror, 10, [dataset("a", 0, { name: "new", username: "me", itemCount: 7 })], { share: 1 });
  expect(await get(5, "a")).toMatchObject({ name: "old", itemCount: 1 });
  expect(await get(10, "a")).toMatchObject({ name: "new", itemCount: 7 });
  expect(await get(5, "me~old")).toMatchObject({ id: "a" });
  expect(await get(10, "me~old")).toBe(404);
  expect(await get(5, "me~new")).toBe(404);
  expect(await get(5, "b")).toMatchObject({ id: "b" });
  expect(await get(10, "b")).toBe(404);
});

async function refused(moment: string): Promise<string> {
  const answer = await api.get(`/at/${moment}/v2/datasets`);
  const { error } = errorBodySchema.parse(await answer.json());
  return `${answer.status} ${error.type}: ${error.message}`;
}

test("a moment before the first sight, after the latest one, or that is none, is refused", async () => {
  await fullPass(mirror, 60, [dataset("a", 0)]);
  expect(await refused(at(59))).toMatch(
    /^400 invalid-input: at: .* first saw the account at 2026-01-01T01:00:00/,
  );
  expect(await refused(at(61))).toMatch(/^400 invalid-input: at: .* up to 2026-01-01T01:00:00/);
  for (const moment of ["now", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T01:00:00+01:00", "%00"]) {
    expect(await refused(moment)).toMatch(/^400 invalid-input: at: must be a time in UTC/);
  }
  expect((await list(`/at/${encodeURIComponent(at(60))}/v2/datasets?unnamed=1`)).total).toBe(1);
  expect((await list("/at/2026-01-01T01:00:00Z/v2/datasets?unnamed=1")).total).toBe(1);
});
