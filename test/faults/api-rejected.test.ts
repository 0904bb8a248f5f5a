/** Items that cannot be mirrored: they go to `rejected_items`, and the rest of their page is mirrored. */
import { expect, test } from "vitest";

import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { expectEqual, expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const REJECTED: ReadonlyArray<[FaultName, RegExp]> = [
  ["no-id", /^id: expected a string of 1 to 255 characters, found nothing$/],
  ["no-created", /^createdAt: expected a time that exists, ISO 8601 in UTC, found nothing$/],
  ["bad-date", /^createdAt: expected a time that exists.* found "2026-02-30T12:00:00\.000Z"$/],
  ["nul", /^name: holds NUL or half of a surrogate pair$/],
  ["surrogate", /^name: holds NUL or half of a surrogate pair$/],
  ["out-of-range", /^itemCount: expected a whole number from 0 to 9007199254740991, found 1e\+30$/],
  ["deep", /^stats(\.deeper)+/],
];

test.each(REJECTED)("%s: the item is kept apart, the rest of its page is mirrored", async (fault, reason) => {
  await using rig = await createRig();
  rig.sandbox.faults.next(fault);
  const run = await rig.run();
  const { size } = rig.sandbox.account;
  expect(run).toMatchObject({
    status: "succeeded",
    error: null,
    rejected: 1,
    retried: 0,
    inserted: size - 1,
  });
  expect(await rejected(rig)).toEqual([
    { run_id: run.id, source: "default", reason: expect.stringMatching(reason), kept: true },
  ]);

  // The same item once it is whole.
  expect(await rig.run("full")).toMatchObject({
    status: "succeeded",
    complete: true,
    inserted: 1,
    rejected: 0,
  });
  await expectEqual(rig);
  await expectRunsTruthful(rig);
});

test.each(REJECTED)(
  "%s on every page of every pass: what is mirrored already is not taken to be gone",
  async (fault) => {
    await using rig = await createRig();
    await rig.run();
    await expectEqual(rig);
    rig.sandbox.faults.set(fault, 1);
    for (const _ of [1, 2, 3]) {
      const run = await rig.run("full");
      expect(run).toMatchObject({ status: "succeeded", removed: 0, missing: 0 });
      expect(run.rejected).toBeGreaterThan(0);
    }
    await expectEqual(rig);
    rig.sandbox.faults.clear();
    rig.sandbox.account.deleteRandom(10);
    await expectEqualWhenSettled(rig);
  },
);

test("long-name: a name of 10 MB is a name", async () => {
  await using rig = await createRig({ sandbox: { datasets: 60 } });
  // A page of so many bytes is asked for once more, with nothing else under way.
  rig.sandbox.faults.next("long-name", 2);
  expect(await rig.run()).toMatchObject({ status: "succeeded", rejected: 0, inserted: 60 });
  const [row] = await query(rig.url, "select max(length(name)) as longest from apify.live_datasets");
  expect(row).toEqual({ longest: 10_000_000 });
  expect(rig.log.text().length).toBeLessThan(20_000);
  await expectEqualWhenSettled(rig);
});

async function rejected({ url }: Rig): Promise<unknown[]> {
  return query(
    url,
    `select run_id::float8, source, reason, item is not null as kept from apify.rejected_items order by reason`,
  );
}
