import { beforeAll, afterAll, beforeEach, expect, test } from "vitest";

import type { Range } from "../../src/core/coverage.ts";
import { markAbsent } from "../../src/mirror/absence.ts";
import type { AbsenceProof } from "../../src/mirror/absence.ts";
import type { Run } from "../../src/mirror/begin-run.ts";
import { readStoredIds, readStoredRange } from "../../src/mirror/stored.ts";
import { endAbsence, upsert } from "../../src/mirror/upsert.ts";
import { SOURCE, dataset, minute, minuteText, openMirror, ruleOf } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

let mirror: TestMirror;
/** b and c are tied. */
const ROWS = [dataset("a", 1), dataset("b", 2), dataset("c", 2), dataset("d", 3), dataset("e", 4)];
const WHOLE: Range = { from: null, before: null };
const GRACE_MIN = 15;

beforeAll(async () => {
  mirror = await openMirror();
});
afterAll(() => mirror[Symbol.asyncDispose]());

beforeEach(async () => {
  await mirror.sql("truncate apify.datasets");
  for (const source of [SOURCE, "another account"]) await upsert(mirror.db, source, ROWS, minuteText(5));
});

const at = (count: number, inclusive: boolean) => ({ createdAt: minute(count), inclusive });

/** A run that begins at a minute, with a grace of a quarter of an hour. */
async function runAt(begins: number): Promise<Run> {
  mirror.now = minute(begins);
  return mirror.begin({ rule: ruleOf({ graceMs: GRACE_MIN * 60_000 }) });
}

/** What a page, committed at a minute, finds. */
async function mark(run: Run, commits: number, proof: Partial<AbsenceProof>) {
  const whole = { ranges: [WHOLE], listed: [], settledBefore: Infinity };
  return markAbsent(mirror.db, run, { ...whole, ...proof }, minuteText(commits));
}

async function absentFrom(ranges: readonly Range[], listed: readonly string[]): Promise<string[]> {
  const { missing, removed } = await mark(await runAt(9), 10, { ranges, listed });
  expect(removed).toBe(0);
  const rows = await mirror.sql(
    "select id, source, missing_since, written_at from apify.datasets where missing_since is not null order by id",
  );
  expect(rows).toHaveLength(missing);
  const when = new Date(minute(10));
  for (const row of rows)
    expect(row).toMatchObject({ source: SOURCE, missing_since: when, written_at: when });
  await mirror.sql("update apify.datasets set missing_since = null");
  return rows.map((row) => String(row["id"]));
}

test("a page that covers the list: whatever is not on it is absent", async () => {
  expect(await absentFrom([WHOLE], ["a", "c"])).toEqual(["b", "d", "e"]);
  expect(await absentFrom([WHOLE], [])).toEqual(["a", "b", "c", "d", "e"]);
});

test("bounds: the upper is exclusive, the lower as the range says", async () => {
  expect(await absentFrom([{ from: null, before: minute(3) }], [])).toEqual(["a", "b", "c"]);
  expect(await absentFrom([{ from: at(2, false), before: null }], [])).toEqual(["d", "e"]);
  expect(await absentFrom([{ from: at(2, true), before: minute(4) }], [])).toEqual(["b", "c", "d"]);
  expect(await absentFrom([{ from: at(3, false), before: minute(4) }], [])).toEqual([]);
});

test("several ranges are judged at once, and what lies between them is not", async () => {
  const ranges = [
    { from: null, before: minute(2) },
    { from: at(3, false), before: null },
  ];
  expect(await absentFrom(ranges, [])).toEqual(["a", "e"]);
  expect(await absentFrom([], [])).toEqual([]);
});

test("rows that are too young are not judged", async () => {
  expect(await mark(await runAt(9), 10, { settledBefore: minute(3) - 1 })).toEqual({
    missing: 3,
    removed: 0,
  });
  expect(
    await mirror.sql(
      "select id from apify.datasets where missing_since is null and source = 'account' order by 1",
    ),
  ).toEqual([{ id: "d" }, { id: "e" }]);
});

test("absent again in a run that began when the grace was over: removed, and the first moment stays", async () => {
  await mark(await runAt(9), 10, { listed: ["a", "b", "c", "d"] });
  // Missing since minute 10, so the grace is over at minute 25: by the beginning of a run, not by its pages.
  const tooEarly = await runAt(10 + GRACE_MIN - 0.001);
  expect(await mark(tooEarly, 60, { listed: ["a", "b", "c", "d"] })).toEqual({ missing: 0, removed: 0 });
  const due = await runAt(10 + GRACE_MIN);
  expect(await mark(due, 61, { listed: ["a", "b", "c"] })).toEqual({ missing: 1, removed: 1 });
  expect(
    await mirror.sql(
      "select id, missing_since, removed_at from apify.datasets where missing_since is not null order by id",
    ),
  ).toEqual([
    { id: "d", missing_since: new Date(minute(61)), removed_at: null },
    { id: "e", missing_since: new Date(minute(10)), removed_at: new Date(minute(61)) },
  ]);
});

test("a row that was found missing by this run is not removed by it, however long it takes", async () => {
  const run = await runAt(9);
  await mark(run, 10, {});
  expect(await mark(run, 600, {})).toEqual({ missing: 0, removed: 0 });
});

test("a removed row is not looked at again", async () => {
  await mark(await runAt(9), 10, {});
  await mark(await runAt(30), 31, {});
  expect(await mark(await runAt(60), 61, {})).toEqual({ missing: 0, removed: 0 });
  expect(await mirror.sql("select distinct written_at from apify.datasets where source = 'account'")).toEqual(
    [{ written_at: new Date(minute(31)) }],
  );
});

test("an item that is listed though it cannot be mirrored ends its row's absence and leaves a gap in its history", async () => {
  await mark(await runAt(9), 10, { listed: ["a", "b", "c"] });
  await mark(await runAt(30), 31, { listed: ["a", "b", "c", "e"] });
  expect(await endAbsence(mirror.db, SOURCE, ["a", "d", "e", "unknown"], minuteText(40))).toBe(2);
  expect(
    await mirror.sql(
      "select id, changed_at, written_at from apify.datasets where id in ('d', 'e') and source = 'account' and missing_since is null and removed_at is null order by id",
    ),
  ).toEqual(
    ["d", "e"].map((id) => ({ id, changed_at: new Date(minute(40)), written_at: new Date(minute(40)) })),
  );
  expect(await mirror.sql("select id, valid_from, valid_to from apify.dataset_versions order by id")).toEqual(
    ["d", "e"].map((id) => ({ id, valid_from: new Date(minute(5)), valid_to: new Date(minute(10)) })),
  );
});

test("what is stored in a range is read with its digests; that of a missing row matches nothing", async () => {
  await mark(await runAt(9), 10, { listed: ["a", "b", "c", "d"] });
  const all = await readStoredRange(mirror.db, SOURCE, { from: null, to: null }, 100);
  expect(all.isWhole).toBe(true);
  expect([...all.hashes.keys()].toSorted()).toEqual(["a", "b", "c", "d", "e"]);
  expect(all.hashes.get("a")).toBe(ROWS[0]?.contentHash);
  expect(all.hashes.get("e")).toBe("");
  const middle = await readStoredRange(mirror.db, SOURCE, { from: minute(2), to: minute(3) }, 100);
  expect([...middle.hashes.keys()].toSorted()).toEqual(["b", "c", "d"]);
  const some = await readStoredIds(mirror.db, SOURCE, ["a", "e", "unknown"]);
  expect([...some.hashes]).toEqual([
    ["a", ROWS[0]?.contentHash],
    ["e", ""],
  ]);
});

test("more rows than the limit are not whole, and removed ones are not stored", async () => {
  await mark(await runAt(9), 10, { listed: ["a", "b", "c", "d"] });
  expect((await readStoredRange(mirror.db, SOURCE, { from: null, to: null }, 5)).isWhole).toBe(false);
  await mark(await runAt(30), 31, { listed: ["a", "b", "c", "d"] });
  const { hashes, isWhole } = await readStoredRange(mirror.db, SOURCE, { from: null, to: null }, 5);
  expect([[...hashes.keys()].toSorted(), isWhole]).toEqual([["a", "b", "c", "d"], true]);
});
