import { beforeAll, afterAll, expect, test } from "vitest";

import type { Coverage } from "../../src/core/coverage.ts";
import { markAbsent } from "../../src/mirror/absence.ts";
import { readStoredHashes } from "../../src/mirror/stored.ts";
import { upsert } from "../../src/mirror/upsert.ts";
import { SOURCE, WHOLE, dataset, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

let mirror: TestMirror;
/** b and c are tied. */
const ROWS = [dataset("a", 1), dataset("b", 2), dataset("c", 2), dataset("d", 3), dataset("e", 4)];

beforeAll(async () => {
  mirror = await openMirror();
});
afterAll(() => mirror[Symbol.asyncDispose]());

async function absentFrom(coverage: Coverage, listed: readonly string[]): Promise<string[]> {
  await mirror.sql("truncate apify.datasets");
  await upsert(mirror.db, SOURCE, ROWS, minute(10));
  await upsert(mirror.db, "another account", ROWS, minute(10));
  const missing = await markAbsent(mirror.db, SOURCE, coverage, listed, 7, minute(20));
  const rows = await mirror.sql(
    "select id, source, absent_pass::int, missing_since from apify.datasets where missing_since is not null order by id",
  );
  expect(rows).toHaveLength(missing);
  for (const row of rows)
    expect(row).toMatchObject({ source: SOURCE, absent_pass: 7, missing_since: new Date(minute(20)) });
  return rows.map((row) => String(row["id"]));
}

const at = (count: number, inclusive: boolean) => ({ createdAt: minute(count), inclusive });

test("a page that covers the list: whatever is not on it is absent", async () => {
  expect(await absentFrom(WHOLE, ["a", "c"])).toEqual(["b", "d", "e"]);
  expect(await absentFrom(WHOLE, [])).toEqual(["a", "b", "c", "d", "e"]);
});

test("bounds: the upper is exclusive, the lower as told", async () => {
  expect(await absentFrom({ from: null, before: minute(3), alsoSeen: [] }, [])).toEqual(["a", "b", "c"]);
  expect(await absentFrom({ from: at(2, false), before: null, alsoSeen: [] }, [])).toEqual(["d", "e"]);
  expect(await absentFrom({ from: at(2, true), before: minute(4), alsoSeen: [] }, [])).toEqual([
    "b",
    "c",
    "d",
  ]);
  expect(await absentFrom({ from: at(3, false), before: minute(4), alsoSeen: [] }, [])).toEqual([]);
});

test("ids that earlier pages have shown are listed", async () => {
  expect(await absentFrom({ from: at(2, true), before: minute(4), alsoSeen: ["b"] }, ["d"])).toEqual(["c"]);
});

test("absent again: the first moment stays, the pass is the newest, and it is not counted as new", async () => {
  await absentFrom(WHOLE, ["a", "b", "c", "d"]);
  expect(await markAbsent(mirror.db, SOURCE, WHOLE, ["a", "b", "c"], 8, minute(30))).toBe(1);
  expect(
    await mirror.sql(
      "select id, absent_pass::int, missing_since from apify.datasets where missing_since is not null order by id",
    ),
  ).toEqual([
    { id: "d", absent_pass: 8, missing_since: new Date(minute(30)) },
    { id: "e", absent_pass: 8, missing_since: new Date(minute(20)) },
  ]);
});

test("a removed row is not looked at again", async () => {
  await absentFrom(WHOLE, ["a", "b", "c", "d"]);
  await mirror.sql("update apify.datasets set removed_at = now() where missing_since is not null");
  expect(await markAbsent(mirror.db, SOURCE, WHOLE, ["a", "b", "c", "d"], 8, minute(30))).toBe(0);
  expect(
    await mirror.sql("select absent_pass::int from apify.datasets where removed_at is not null"),
  ).toEqual([{ absent_pass: 7 }]);
});

test("what is stored in a range is read with its digests; of a missing row the digest is no match", async () => {
  await absentFrom(WHOLE, ["a", "b", "c", "d"]);
  const all = await readStoredHashes(mirror.db, SOURCE, { from: null, to: null }, 100);
  expect(all.isWhole).toBe(true);
  expect([...all.hashes.keys()].toSorted()).toEqual(["a", "b", "c", "d", "e"]);
  expect(all.hashes.get("a")).toBe(ROWS[0]?.contentHash);
  expect(all.hashes.get("e")).toBe("");
  const middle = await readStoredHashes(mirror.db, SOURCE, { from: minute(2), to: minute(3) }, 100);
  expect([...middle.hashes.keys()].toSorted()).toEqual(["b", "c", "d"]);
});

test("more rows than the limit are told as not whole, and removed ones are not stored", async () => {
  await absentFrom(WHOLE, ["a", "b", "c", "d"]);
  expect((await readStoredHashes(mirror.db, SOURCE, { from: null, to: null }, 5)).isWhole).toBe(false);
  await mirror.sql("update apify.datasets set removed_at = now() where missing_since is not null");
  const { hashes, isWhole } = await readStoredHashes(mirror.db, SOURCE, { from: null, to: null }, 5);
  expect([[...hashes.keys()].toSorted(), isWhole]).toEqual([["a", "b", "c", "d"], true]);
});
