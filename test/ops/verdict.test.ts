import { expect, test } from "vitest";

import type { AccountStatus } from "../../src/mirror/status.ts";
import { concernsOf, verdictOf } from "../../src/ops/verdict.ts";
import { MINUTE_MS, NOW, accountStatus, runStatus } from "../support/status.ts";

const LIMITS = { staleMs: () => 3 * MINUTE_MS, unprovenMs: () => 180 * MINUTE_MS };
const HINT = "The token is missing, mistyped or revoked; check APIFY_TOKEN or APIFY_TOKEN_FILE.";
const REFUSED = `Apify refused the token: 401 token-not-valid: no such token.\n${HINT}`;

const verdict = (status: AccountStatus | null) => verdictOf(status, LIMITS, NOW);

test("an account in good order", () => {
  expect(verdict(accountStatus())).toMatchObject({
    ...{ state: "fresh", level: "good", fresh: true, headline: "The mirror is up to date", hint: null },
  });
});

test("a failure is named by its cause, with the hint apart", () => {
  const runs = [runStatus(2, 1, { status: "failed", error: REFUSED }), runStatus(1, 60)];
  expect(verdict(accountStatus({ last_success_at: NOW - 60 * MINUTE_MS, runs }))).toEqual({
    ...{ state: "stale", level: "bad", fresh: false, headline: "Apify refused the token", hint: HINT },
    cause: "401 token-not-valid: no such token. No run has succeeded for 1h, longer than three ticks.",
  });
});

test("a brake that stops every run is told as such", () => {
  const error = "300 of 400 datasets have left the list: is it the token of another account?\nAccept it.";
  const runs = [runStatus(2, 1, { status: "suspicious", error }), runStatus(1, 60)];
  expect(verdict(accountStatus({ last_success_at: NOW - 60 * MINUTE_MS, suspicious: true, runs }))).toEqual({
    ...{ state: "suspicious", level: "bad", fresh: false, headline: "Removals are held back" },
    ...{ cause: error.split("\n")[0], hint: "Accept it." },
  });
});

test("a first pass that failed is no first pass under way", () => {
  const runs = [runStatus(1, 1, { status: "failed", error: REFUSED })];
  expect(verdict(accountStatus({ last_success_at: null, runs }))).toMatchObject({
    ...{ state: "stale", headline: "Apify refused the token", cause: "401 token-not-valid: no such token." },
  });
});

test("a first pass says how far it is, and is not called stale", () => {
  const running = runStatus(1, 1, { status: "running", total: 1000, offset_to: 400, finished_at: null });
  expect(verdict(accountStatus({ last_success_at: null, running, runs: [running] }))).toEqual({
    ...{ state: "first_pass", level: "warn", fresh: false, headline: "First pass, 40 %", hint: null },
    cause: "400 of 1 000 datasets are read.",
  });
  const silent = { ...running, total: null, offset_to: null };
  expect(verdict(accountStatus({ last_success_at: null, running: silent, runs: [silent] }))).toMatchObject({
    ...{ state: "first_pass", headline: "First pass, 0 %", cause: "Apify has not answered yet." },
  });
});

test("a run under way makes nothing fresh", () => {
  const running = runStatus(2, 59, { status: "running", kind: "full", finished_at: null });
  const status = { running, runs: [running], last_success_at: NOW - 60 * MINUTE_MS };
  expect(verdict(accountStatus(status))).toMatchObject({ state: "stale", fresh: false });
});

test("a first pass that was stopped can be continued", () => {
  const runs = [runStatus(1, 1, { status: "interrupted", error: "stopped on request" })];
  expect(verdict(accountStatus({ last_success_at: null, runs }))).toMatchObject({
    ...{ state: "stale", headline: "The first pass is not complete" },
    hint: expect.stringContaining("dataset-mirror sync"),
  });
});

test("without a run that failed, stale asks for the service", () => {
  expect(verdict(accountStatus({ last_success_at: NOW - 60 * MINUTE_MS }))).toMatchObject({
    ...{ state: "stale", headline: "The mirror is stale" },
    hint: expect.stringContaining("Is the service running?"),
  });
});

test.each<[string, string, Partial<AccountStatus>]>([
  ["suspicious", "Removals are held back", { suspicious: true }],
  ["unproven", "The mirror is fresh, but not proven complete", { last_full_pass_at: null }],
  [
    "unproven",
    "The mirror is fresh, but not proven complete",
    { last_full_pass_at: NOW - LIMITS.unprovenMs() - 1 },
  ],
  ["incomplete", "1 dataset cannot be mirrored", { rejected: { full: 1, incremental: 0 } }],
  ["drifting", "The mirror and Apify differ", { live_rows: 100, remote_total: 121, drift: 21 }],
  ["drifting", "The mirror and Apify differ", { drift: -2401 }],
])("a fresh mirror can be %s: %s", (state, headline, more) => {
  expect(verdict(accountStatus(more))).toMatchObject({ state, headline, level: "warn", fresh: true });
});

test.each<Partial<AccountStatus>>([
  { drift: -2400 },
  { live_rows: 100, remote_total: 120, drift: 20 },
  { remote_total: null, drift: null },
  { missing_rows: 40 },
  { last_full_pass_at: NOW - LIMITS.unprovenMs() },
])("nothing to worry about: %j", (more) => {
  expect(verdict(accountStatus(more)).state).toBe("fresh");
});

test("the gravest concern is the verdict, the others are kept", () => {
  const status = accountStatus({ last_success_at: NOW - 60 * MINUTE_MS, suspicious: true, drift: 9000 });
  expect(concernsOf(status, LIMITS, NOW).map(({ state }) => state)).toEqual([
    ...["stale", "suspicious", "drifting"],
  ]);
  expect(verdict(status).state).toBe("stale");
});
