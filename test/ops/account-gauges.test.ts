import { expect, test } from "vitest";
import { z } from "zod";

import { dataset, fullPass } from "../support/mirror.ts";
import { openWeb } from "../support/web.ts";
import type { Web } from "../support/web.ts";

const Ready = z.object({ state: z.string() });

/** What is said of the account a moment later. */
async function said({ clock, get }: Web) {
  await clock.advance(1000);
  const metrics = await (await get("metrics")).text();
  const { state } = Ready.parse(await (await get("readyz")).json());
  const suspicious = /^dataset_mirror_suspicious\{.*\} (.)$/m.exec(metrics)?.[1];
  const states = [...metrics.matchAll(/^dataset_mirror_state\{state="(\w+)".*\} 1$/gm)].map(
    ([, name]) => name,
  );
  return { state, suspicious, states };
}

const FRESH = { state: "fresh", suspicious: "0", states: ["fresh"] };
const SUSPICIOUS = { state: "suspicious", suspicious: "1", states: ["suspicious"] };

test("a suspicious full pass is reported until a full pass succeeds, however many ticks come after it", async () => {
  await using web = await openWeb();
  const { mirror } = web;
  const rows = Array.from({ length: 400 }, (_, index) => dataset(`d${index}`, index));
  const few = rows.slice(0, 100);
  await fullPass(mirror, 0, rows);
  expect(await said(web)).toEqual(FRESH);
  expect((await fullPass(mirror, 1, few)).outcome.status).toBe("suspicious");
  for (let ticks = 0; ticks < 11; ticks++) await mirror.end(await mirror.begin({ kind: "incremental" }));
  expect(await said(web)).toEqual(SUSPICIOUS);
  await mirror.end(await mirror.begin(), { status: "failed", error: "no", complete: false, passEnd: null });
  expect(await said(web)).toEqual(SUSPICIOUS);
  await fullPass(mirror, 2, few, { accept: true });
  expect(await said(web)).toEqual(FRESH);
});

test("a tick that the brake stops is reported until the next one succeeds", async () => {
  await using web = await openWeb();
  const { mirror } = web;
  await fullPass(mirror, 0, [dataset("a", 0)]);
  const error = "too many have left\nlook";
  const braked = await mirror.begin({ kind: "incremental" });
  await mirror.end(braked, { status: "suspicious", error, complete: false });
  expect(await said(web)).toEqual(SUSPICIOUS);
  await mirror.end(await mirror.begin({ kind: "incremental" }));
  expect(await said(web)).toEqual(FRESH);
});

test("how long is too long is exported beside what it is measured by", async () => {
  await using web = await openWeb();
  const metrics = await (await web.get("metrics")).text();
  expect(metrics).toMatch(/^dataset_mirror_stale_after_seconds\{.*\} 180$/m);
  expect(metrics).toMatch(/^dataset_mirror_unproven_after_seconds\{.*\} 10800$/m);
});
