import { expect, test } from "vitest";

import { OWNER, SOURCE, createHistory } from "./history.ts";
import type { History } from "./history.ts";

const MINUTE = 1 / 60;

async function addRun(
  { sql, at }: History,
  ended: number,
  { status = "succeeded", seconds = 1, kind = "incremental" } = {},
): Promise<void> {
  await sql(
    `insert into apify.sync_runs (source, kind, trigger, status, started_at, finished_at, throttled_ms)
      values ($1, $2, 'schedule', $3, $4::timestamptz - $5 * interval '1 second', $6, 250)`,
    [SOURCE, kind, status, at(ended), seconds, status === "running" ? null : at(ended)],
  );
}

async function verdictOf({ sql }: History): Promise<Record<string, unknown> | undefined> {
  const [account] = await sql("select is_fresh, verdict from apify_bi.accounts");
  return account;
}

test("an account is one row: what it holds and how fresh it is", async () => {
  await using history = await createHistory();
  await history.add(
    { id: "named", created: 9, states: [{ from: 9, items: 3, bytes: 30, name: "n" }] },
    { id: "unnamed", created: 9, states: [{ from: 9, items: 4, bytes: 40 }] },
    { id: "gone", created: 9, states: [{ from: 9, items: 5, bytes: 50, gone: 1 }] },
    { id: "missing", created: 9, states: [{ from: 9, items: 5, bytes: 50, gone: 1 }] },
  );
  await history.sql("update apify.datasets set removed_at = null where id = 'missing'");
  await history.sql("update apify.sources set live_rows = 2, remote_total = 3, last_full_pass_at = $1", [
    history.at(1),
  ]);
  for (const minutes of [2, 1]) await addRun(history, minutes * MINUTE);
  const [account] = await history.sql("select * from apify_bi.accounts");
  expect(account).toEqual({
    source: SOURCE,
    base_url: "https://api.apify.com/",
    owner_id: OWNER.id,
    owner_name: OWNER.name,
    live: "2",
    missing: "1",
    gone: "1",
    named: "1",
    items: "7",
    inflated_bytes: "70",
    retention_days: null,
    retention_seen: "1",
    last_success_at: history.at(MINUTE),
    last_success_age_seconds: expect.stringMatching(/^6\d$/),
    last_full_pass_at: history.at(1),
    last_full_pass_age_seconds: expect.stringMatching(/^36\d\d$/),
    is_fresh: true,
    remote_total: "3",
    drift: "1",
    verdict: expect.stringMatching(/^Complete, and fresh as of 6\d seconds ago\.$/),
  });
});

test("the verdict says why an account cannot be trusted", async () => {
  await using history = await createHistory();
  expect(await verdictOf(history)).toEqual({
    is_fresh: false,
    verdict: "Incomplete: no run has succeeded yet.",
  });
  await addRun(history, 3);
  expect(await verdictOf(history)).toEqual({
    is_fresh: false,
    verdict: "Incomplete: no full pass has been proven yet.",
  });
  await history.sql("update apify.sources set last_full_pass_at = now()");
  expect(await verdictOf(history)).toEqual({
    is_fresh: false,
    verdict: "Stale: the last success was 3 hours ago.",
  });
  await addRun(history, 0);
  await history.sql("update apify.sources set live_rows = 10, remote_total = 30");
  expect(await verdictOf(history)).toMatchObject({
    is_fresh: true,
    verdict: expect.stringContaining("the API counts 20 more datasets than the mirror holds"),
  });
  await addRun(history, 0, { status: "suspicious", kind: "full" });
  expect(await verdictOf(history)).toMatchObject({ verdict: expect.stringMatching(/^Held back: /) });
});

test("fresh is judged by the usual time between successes", async () => {
  await using history = await createHistory();
  for (const hours of [5, 4, 3, 2]) await addRun(history, hours);
  expect(await verdictOf(history)).toMatchObject({ is_fresh: true });
  await history.sql("update apify.sync_runs set finished_at = finished_at - interval '2 hours'");
  expect(await verdictOf(history)).toMatchObject({ is_fresh: false });
});

test("a run that is under way makes nothing stale, unless its process is dead", async () => {
  await using history = await createHistory();
  for (const minutes of [62, 61]) await addRun(history, minutes * MINUTE);
  await addRun(history, 0, { status: "running", seconds: 3600 });
  expect(await verdictOf(history)).toMatchObject({ is_fresh: false });
  await history.sql("update apify.sources set lease_expires_at = now() + interval '30 seconds'");
  expect(await verdictOf(history)).toMatchObject({ is_fresh: true });
});

test("runs tell their durations in seconds", async () => {
  await using history = await createHistory();
  await addRun(history, 1, { seconds: 90 });
  await addRun(history, 0, { seconds: 5, status: "running" });
  expect(
    await history.sql(
      "select status, duration_seconds, throttled_seconds from apify_bi.runs order by sync_run_id",
    ),
  ).toEqual([
    { status: "succeeded", duration_seconds: 90, throttled_seconds: 0.25 },
    { status: "running", duration_seconds: null, throttled_seconds: 0.25 },
  ]);
});
