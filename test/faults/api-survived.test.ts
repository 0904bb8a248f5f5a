/** Pages that contradict themselves: a wrong limit, count, order or total, or a dataset twice on one page. */
import { expect, test } from "vitest";

import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { expectEqual, expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { PAGE_SIZE, createRig } from "../support/rig.ts";

/** The warning a run gives once, and whether a pass of such pages can still prove what is absent. */
const SURVIVED: ReadonlyArray<[FaultName, RegExp | null]> = [
  ["count", /^count differs from the number of items$/],
  ["unsorted", /^rows are not in ascending order of createdAt$/],
  ["total-small", /^total is below what was read$/],
  ["total-large", null],
  ["duplicate", /^a dataset is on the page twice$/],
  ["bad-limit", /^(the server clamps limit to|limit is) \d+/],
  ["content-type", null],
  ["empty", null],
];

test.each(SURVIVED)(
  "%s on one page of a first pass: the run succeeds and nothing is lost",
  async (fault, warning) => {
    await using rig = await createRig();
    rig.told.pageCommitted = () => {
      rig.sandbox.faults.next(fault);
      rig.told.pageCommitted = () => {};
    };
    const run = await rig.run();
    expect(run).toMatchObject({ status: "succeeded", error: null, rejected: 0, retried: 0 });
    expect(rig.sandbox.requests.map((request) => request.fault)).toContain(fault);
    const warnings = rig.log.lines("warn").map((line) => line.msg);
    if (warning === null) expect(warnings).toEqual([]);
    else expect(warnings).toContainEqual(expect.stringMatching(warning));
    await expectEqual(rig);
    await expectRunsTruthful(rig);
  },
);

const LASTING = SURVIVED.filter(([name]) => !["empty", "bad-limit", "unsorted"].includes(name));

test.each(LASTING)(
  "%s on every page: the list is read to its end, and one warning a run says so",
  async (fault, warning) => {
    await using rig = await createRig();
    rig.sandbox.faults.set(fault, 1);
    const run = await rig.run();
    expect(run).toMatchObject({ status: "succeeded", error: null, rejected: 0 });
    const warnings = rig.log.lines("warn").map((line) => line.msg);
    expect(new Set(warnings).size).toBe(warnings.length);
    if (warning !== null) expect(warnings).toContainEqual(expect.stringMatching(warning));
    await expectEqual(rig);

    rig.sandbox.faults.clear();
    rig.sandbox.account.deleteRandom(20);
    rig.sandbox.account.create(20);
    expect(await rig.run()).toMatchObject({ status: "succeeded" });
    await expectEqualWhenSettled(rig);
  },
);

test("a limit that is clamped, and clamped again in the middle: the server's page length is used", async () => {
  await using rig = await createRig();
  rig.sandbox.account.limitMax = 20;
  rig.told.pageCommitted = () => (rig.sandbox.account.limitMax = 7);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "succeeded", complete: true });
  const warnings = rig.log.lines("warn").map((line) => line.msg);
  expect(warnings).toContain(`the server clamps limit to 20; ${PAGE_SIZE} was asked`);
  await expectEqual(rig);
});

test("unsorted on every page: nothing proves the next page, so the run fails and removes nothing", async () => {
  await using rig = await createRig();
  await rig.run();
  rig.sandbox.account.deleteRandom(5);
  rig.sandbox.account.create(5);
  rig.sandbox.faults.set("unsorted", 1);
  for (const _ of [1, 2, 3]) {
    const run = await rig.run("full");
    expect(run).toMatchObject({ status: "failed", complete: false, removed: 0, missing: 0 });
    expect(run.error).toMatch(/^the list did not end within \d+ requests; .*What was proven is kept/s);
  }
  rig.sandbox.faults.clear();
  await expectEqualWhenSettled(rig);
});

test("an unsorted page in a full pass is survived, and reported once", async () => {
  await using rig = await createRig();
  await rig.run();
  rig.sandbox.account.deleteRandom(5);
  rig.sandbox.faults.next("unsorted");
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true });
  const gap = "absence cannot be judged where rows are out of order or have no createdAt";
  expect(rig.log.lines("warn").filter(({ msg }) => msg === gap)).toHaveLength(1);
  await expectEqualWhenSettled(rig);
});

test("a total that always says more leaves the end unproven, and hides no absence", async () => {
  await using rig = await createRig();
  await rig.run();
  rig.sandbox.account.deleteRandom(5);
  rig.sandbox.faults.set("total-large", 1);
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: false, missing: 5 });
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: false, removed: 5 });
  await expectEqual(rig);
});

test("a list that is always empty although total says more: the run ends, and removes nothing", async () => {
  await using rig = await createRig();
  await rig.run();
  rig.sandbox.faults.set("empty", 1);
  for (const kind of ["incremental", "full", "full"] as const) {
    const run = await rig.run(kind);
    expect(run).toMatchObject({ removed: 0, missing: 0 });
    expect(run.requests).toBeLessThan(200);
  }
  await expectEqual(rig);
  rig.sandbox.faults.clear();
  await expectEqualWhenSettled(rig);
});

test("a duplicate inside a page: the later one counts, the other is unchanged", async () => {
  await using rig = await createRig({ sandbox: { datasets: 40 } });
  rig.sandbox.faults.next("duplicate");
  const run = await rig.run();
  expect(run).toMatchObject({ status: "succeeded", count: 41, inserted: 40, unchanged: 1 });
  await expectEqual(rig);
});
