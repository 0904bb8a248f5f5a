import { afterEach, beforeEach, expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { listed, mirrored } from "../support/equal.ts";
import { API_TOKEN, openReadApi } from "../support/read-api.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

let stack: AsyncDisposableStack;
let first: Rig;
let second: Rig;

/** The second mirror reads the read API of the first, which reads the sandbox. */
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  first = stack.use(await createRig({ sandbox: { datasets: 400 }, checksOwner: true }));
  const { db } = stack.use(openDatabase(first.url));
  const api = stack.use(await openReadApi({ db, source: first.config.source.name }));
  const env = { APIFY_API_BASE_URL: api.url, APIFY_TOKEN: API_TOKEN };
  second = stack.use(await createRig({ env, sandbox: { datasets: 0 }, checksOwner: true }));
});
afterEach(() => stack.disposeAsync());

async function expectBothEqual(): Promise<void> {
  for (const rig of [first, second, second]) {
    expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true, error: null });
  }
  const truth = listed(first.sandbox.account.snapshot());
  expect(await mirrored(first.url)).toEqual(truth);
  expect(await mirrored(second.url)).toEqual(truth);
}

test("a mirror of the mirror equals the account, and follows what happens to it", async () => {
  const { account } = first.sandbox;
  await expectBothEqual();
  account.expireOldest(60);
  account.deleteRandom(20);
  account.renameRandom(10);
  account.share(5);
  account.create(30);
  await first.run("full");
  await expectBothEqual();
  account.create(7);
  await first.run("incremental");
  expect(await second.run("incremental")).toMatchObject({ status: "succeeded", inserted: 7 });
});

test("a mirror of a mirror that is being filled equals the account once that is full", async () => {
  const during: unknown[] = [];
  first.hooks.fetched = async (committed) => {
    if (committed !== 3 && committed !== 6) return;
    const run = await second.run("full");
    during.push([run.status, run.inserted > 0]);
  };
  await first.run("full");
  delete first.hooks.fetched;
  expect(during.length).toBeGreaterThan(1);
  expect(during).toEqual(during.map(() => ["succeeded", expect.any(Boolean)]));
  await expectBothEqual();
});
