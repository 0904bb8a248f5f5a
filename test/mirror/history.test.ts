/** `apify.dataset_versions` and `apify.datasets_as_of(t)` against the past of a simulated account. */
import { expect, test } from "vitest";

import { seededRandom } from "../../src/core/random.ts";
import type { Kind } from "../../src/mirror/begin-run.ts";
import { listed, mirrored } from "../support/equal.ts";
import type { Told } from "../support/equal.ts";
import { dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const INTERVALS = `
  select id, name, (extract(epoch from valid_from) * 1000)::float8 as from, (extract(epoch from valid_to) * 1000)::float8 as to
  from apify.dataset_versions order by id, valid_from`;

test("the first pass of an account writes no versions", async () => {
  await using rig = await createRig();
  await rig.run();
  expect(await query(rig.url, "select * from apify.dataset_versions")).toEqual([]);
});

const TRACKED = {
  name: "name",
  title: "title",
  userId: "user",
  username: "user name",
  modifiedAt: "2026-01-05T00:00:00.000Z",
  itemCount: 99,
  cleanItemCount: 98,
  actId: "act",
  actRunId: "run",
  generalAccess: "RESTRICTED",
  newKeyOfTheApi: { any: "thing" },
};

test.each(Object.entries(TRACKED))(
  "a change of %s is a version; going back is another",
  async (key, value) => {
    await using mirror = await openMirror();
    const [before, after] = [dataset("a", 0), dataset("a", 0, { [key]: value })];
    for (const [at, row] of [
      [1, before],
      [2, after],
      [3, after],
      [4, before],
    ] as const)
      await fullPass(mirror, at, [row]);
    expect(await mirror.sql(INTERVALS)).toMatchObject([
      { id: "a", from: minute(1), to: minute(2) },
      { id: "a", from: minute(2), to: minute(4) },
    ]);
  },
);

test("accessedAt and stats alone make no version, and the newest ones are what any time shows", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, [
    dataset("a", 0, { accessedAt: "2026-01-01T00:00:00.000Z", stats: { readCount: 1 } }),
  ]);
  await fullPass(mirror, 2, [
    dataset("a", 0, { accessedAt: "2026-01-02T00:00:00.000Z", stats: { readCount: 2 } }),
  ]);
  expect(await mirror.sql(INTERVALS)).toEqual([]);
  expect(await asOf(mirror.url, minute(1))).toMatchObject([{ id: "a", stats: { readCount: 2 } }]);
});

test("a clock set back before a removed dataset is listed again: its next change goes in, and nothing overlaps", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 20, named("first"));
  for (const at of [25, 30]) await fullPass(mirror, at, [dataset("z", 1)]);
  await fullPass(mirror, 10, named("first"));
  await fullPass(mirror, 40, named("second"));
  expect(await mirror.sql(INTERVALS)).toEqual([
    { id: "a", name: "first", from: minute(20), to: minute(25) },
    // The clock says minute 10, but the last commit was at minute 30: this one is a microsecond later.
    { id: "a", name: "first", from: minute(30) + 0.001, to: minute(40) },
  ]);
});

test("a dataset that was removed and is listed again has a gap, before and behind it none", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, named("first"));
  await fullPass(mirror, 2, named("second"));
  const gone = [dataset("z", 1)];
  for (const at of [4, 5, 6]) await fullPass(mirror, at, gone);
  await fullPass(mirror, 8, named("second"));
  await fullPass(mirror, 9, named("third"));
  expect(await mirror.sql(INTERVALS)).toEqual([
    { id: "a", name: "first", from: minute(1), to: minute(2) },
    { id: "a", name: "second", from: minute(2), to: minute(4) },
    { id: "a", name: "second", from: minute(8), to: minute(9) },
  ]);
  const names = async (at: number) =>
    (await asOf(mirror.url, minute(at))).filter(({ id }) => id === "a").map(({ name }) => name);
  expect(await names(0.9)).toEqual([]);
  expect(await names(1)).toEqual(["first"]);
  expect(await names(1.9)).toEqual(["first"]);
  expect(await names(2)).toEqual(["second"]);
  expect(await names(3.9)).toEqual(["second"]);
  for (const at of [4, 5, 6, 7.9]) expect(await names(at)).toEqual([]);
  expect(await names(8)).toEqual(["second"]);
  expect(await names(9)).toEqual(["third"]);
});

test("a dataset that was missing for a pass and not removed has a gap as well: it was not live", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, named("first"));
  await fullPass(mirror, 2, [dataset("z", 1)]);
  await fullPass(mirror, 3, named("first"));
  expect(await mirror.sql(INTERVALS)).toEqual([{ id: "a", name: "first", from: minute(1), to: minute(2) }]);
  for (const [at, rows] of [
    [1, 2],
    [2, 1],
    [2.9, 1],
    [3, 2],
  ] as const)
    expect(await asOf(mirror.url, minute(at))).toHaveLength(rows);
});

test("rows that did not change are neither written nor locked: each stays in its place, by its own transaction", async () => {
  await using rig = await createRig();
  await rig.run();
  const places = () =>
    query(rig.url, "select id, ctid::text, xmin::text, xmax::text from apify.datasets order by id");
  const before = await places();
  for (const kind of ["full", "incremental", "full"] as const) {
    expect(await rig.run(kind)).toMatchObject({ inserted: 0, updated: 0 });
  }
  expect(await places()).toEqual(before);

  const [touched] = rig.sandbox.account.touchRandom(1);
  expect(await rig.run("full")).toMatchObject({ updated: 1 });
  const after = await places();
  expect(after.filter((row, index) => row["xmin"] !== before[index]?.["xmin"]).map(({ id }) => id)).toEqual([
    touched,
  ]);
});

const SEEDS = [1, 2, 3, 4, 5, 6];

test.each(SEEDS)("seed %i: any moment of a random past is told as the passes could see it", async (seed) => {
  await using rig = await createRig({ sandbox: { datasets: 120, seed }, seed, env: { LOOKBACK: "1m" } });
  const dice = seededRandom(seed);
  const moments: Moment[] = [];
  for (let round = 0; round < 14; round++) {
    if (round > 0) live(rig, dice);
    const kind: Kind = round === 0 || dice() < 0.6 ? "full" : "incremental";
    const run = await rig.run(kind);
    expect(run).toMatchObject({ status: "succeeded", complete: true });
    // Commits within one millisecond of the clock are microseconds apart.
    moments.push({
      at: rig.clock.now() + 1,
      kind,
      listed: trackedById(listed(rig.sandbox.account.snapshot())),
    });
  }
  // Whatever is gone by now is proven to be.
  await rig.run("full");
  await rig.run("full");
  await expectSoundIntervals(rig);
  let known = new Map<string, string>();
  for (const moment of moments) {
    const told = trackedById(await asOf(rig.url, moment.at));
    if (moment.kind === "full") expect(told).toEqual(moment.listed);
    else expectBetween(known, told, moment.listed);
    known = told;
  }
});

interface Moment {
  readonly at: number;
  readonly kind: Kind;
  /** What the account listed then, tracked columns only, by id. */
  readonly listed: Map<string, string>;
}

/** A minute or more in the life of an account. */
function live({ sandbox }: Rig, dice: () => number): void {
  const { account } = sandbox;
  const up = (max: number) => Math.floor(dice() * (max + 1));
  account.create(up(6));
  account.createTied(up(2));
  account.expireOldest(up(4));
  account.deleteRandom(up(3));
  account.touchRandom(up(6));
  account.renameRandom(up(4));
  const shared = account.share(up(2));
  if (shared.length > 0 && dice() < 0.5) account.reshare(account.unshare(1));
}

/** An incremental pass sees what is new and what is young; of the rest the mirror says what it knew. */
function expectBetween(
  known: Map<string, string>,
  told: Map<string, string>,
  now: Map<string, string>,
): void {
  for (const [id, text] of told) expect([known.get(id), now.get(id)]).toContain(text);
  for (const id of known.keys()) if (now.has(id)) expect(told.has(id)).toBe(true);
}

/** No two intervals of a dataset overlap, and without a removal between them there is no gap. */
async function expectSoundIntervals({ url }: Rig): Promise<void> {
  const unsound = await query(
    url,
    `with intervals as (
      select id, valid_from, valid_to, false as ends from apify.dataset_versions
      union all
      select id, changed_at, coalesce(missing_since, 'infinity'), true from apify.datasets
    ), ordered as (
      select *, lead(valid_from) over (partition by id order by valid_from) as next from intervals
    )
    select * from ordered where valid_from >= valid_to or valid_to > next or (next is null) <> ends`,
  );
  expect(unsound).toEqual([]);
}

async function asOf(url: string, at: number): Promise<Told[]> {
  return mirrored(url, "apify.datasets_as_of($1)", [new Date(at)]);
}

function trackedById(rows: readonly Told[]): Map<string, string> {
  return new Map(
    rows.map(({ accessed_at: _accessed, stats: _stats, ...tracked }) => [
      tracked.id,
      JSON.stringify(Object.entries(tracked).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    ]),
  );
}

function named(name: string) {
  return [dataset("a", 0, { name }), dataset("z", 1)];
}
