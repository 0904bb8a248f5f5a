import { expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import type { Database } from "../../src/mirror/database.ts";
import { watchAccount } from "../../src/ops/account-watch.ts";
import type { AccountWatch } from "../../src/ops/account-watch.ts";
import { createMetrics } from "../../src/ops/metrics.ts";
import { trustOf } from "../../src/ops/verdict.ts";
import { systemClock } from "../../src/system.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const MINUTE_MS = 60_000;

function watchOver(rig: Rig, database: Database): AccountWatch {
  return watchAccount({
    database,
    source: rig.config.source.name,
    holder: "this process",
    staleMs: 3 * MINUTE_MS,
    unprovenMs: 180 * MINUTE_MS,
    isEmbedded: false,
    // A wait for the database is a real one.
    clock: { now: () => rig.clock.now(), sleep: (ms, signal) => systemClock.sleep(ms, signal) },
  });
}

test("a suspicious pass is told of until a full pass succeeds, however many runs come after it", async () => {
  await using rig = await createRig({ sandbox: { datasets: 400 } });
  await using database = openDatabase(rig.url);
  const watch = watchOver(rig, database);
  const metrics = createMetrics(watch);
  const told = async () => {
    const seen = await watch.observe();
    const text = await metrics.render();
    const trust = trustOf(seen, watch.options.unprovenMs, rig.clock.now());
    return {
      suspicious: /^dataset_mirror_suspicious\{.*\} (.)$/m.exec(text)?.[1],
      doubt: trust.checks.some(({ title }) => title === "Suspicious"),
    };
  };

  await rig.run("full");
  expect(await told()).toEqual({ suspicious: "0", doubt: false });
  rig.sandbox.account.deleteRandom(300);
  await rig.run("full");
  expect((await rig.run("full")).status).toBe("suspicious");
  for (let ticks = 0; ticks < 11; ticks++) await rig.run("incremental");
  expect(await told()).toEqual({ suspicious: "1", doubt: true });
  let during: unknown;
  rig.hooks.fetched = async () => void (during ??= await told());
  rig.sandbox.account.create(300);
  await rig.run("full");
  expect(during).toEqual({ suspicious: "1", doubt: true });
  await rig.clock.advance(MINUTE_MS);
  expect(await told()).toEqual({ suspicious: "0", doubt: false });
});

test("how long is too long is told beside what it is measured by", async () => {
  await using rig = await createRig();
  await using database = openDatabase(rig.url);
  const watch = watchOver(rig, database);
  const text = await createMetrics(watch).render();
  expect(text).toMatch(/^dataset_mirror_stale_after_seconds\{.*\} 180$/m);
  expect(text).toMatch(/^dataset_mirror_unproven_after_seconds\{.*\} 10800$/m);
});
