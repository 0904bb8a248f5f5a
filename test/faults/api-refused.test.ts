/**
 * What fails a run at once: 4xx other than 429, a redirect to another origin, a body that is too large, which is asked
 * for once more with nothing else under way.
 */
import { expect, test } from "vitest";

import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { createRig } from "../support/rig.ts";

/** Type and message as the API gives them, then the hint. */
const REFUSED: ReadonlyArray<[FaultName, RegExp]> = [
  [
    "400",
    /^Apify refused the list of datasets: 400 invalid-input: The input is not valid\.\nThe query was not understood; check PAGE_SIZE/,
  ],
  ["401", /^Apify refused the token: 401 token-not-valid: .* check APIFY_TOKEN or APIFY_TOKEN_FILE\.$/s],
  [
    "403",
    /^Apify refused the list of datasets: 403 permission-denied: .* APIFY_TOKEN .* lacks the permission/s,
  ],
  ["405", /^Apify refused the list of datasets: 405 method-not-allowed: .* check APIFY_API_BASE_URL\.$/s],
  [
    "redirect",
    /^Apify answered with a redirect \(302\) that is not followed: https:\/\/elsewhere\.invalid\/v2\/datasets is not at http:\/\/127\.0\.0\.1:\d+\.\nThe token is sent to the origin of APIFY_API_BASE_URL only/,
  ],
  [
    "huge",
    /^Apify's answer is too large: more than \d+ bytes, where a page has at most 64 MiB\.\nLower PAGE_SIZE/,
  ],
];

test.each(REFUSED)("%s: the run fails at once, the service lives on and recovers", async (fault, error) => {
  await using rig = await createRig();
  rig.sandbox.faults.set(fault, 1);
  const run = await rig.run();
  const requests = fault === "huge" ? 2 : 1;
  expect(run).toMatchObject({
    status: "failed",
    requests,
    retried: 0,
    throttled: 0,
    pages: 0,
    complete: false,
  });
  expect(run.error).toMatch(error);
  expect(rig.sandbox.requests).toHaveLength(requests);
  expect(rig.log.lines("error")).toMatchObject([{ msg: "run failed", err: { hint: expect.any(String) } }]);

  rig.sandbox.faults.clear();
  expect(await rig.run()).toMatchObject({ status: "succeeded", complete: true, error: null });
  expect(rig.log.lines("info").map((line) => line.msg)).toContain("recovered");
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
});

test("404: a base URL that is not the API's is named in the hint", async () => {
  await using rig = await createRig();
  const { url } = rig.sandbox;
  await using wrong = await createRig({ api: { baseUrl: new URL(`${url}/somewhere`) } });
  const run = await wrong.run();
  expect(run).toMatchObject({ status: "failed", requests: 1, retried: 0 });
  expect(run.error).toMatch(/: 404 page-not-found: .*check APIFY_API_BASE_URL/s);
});

test("401 in the middle of a pass: its earlier pages stay, and the next pass continues after them", async () => {
  await using rig = await createRig();
  rig.told.pageCommitted = () => rig.sandbox.faults.set("401", 1);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", retried: 0 });
  expect(run.inserted).toBeGreaterThan(0);
  rig.told.pageCommitted = () => {};
  rig.sandbox.faults.clear();
  rig.sandbox.requests.length = 0;
  const next = await rig.run("full");
  expect(next).toMatchObject({ status: "succeeded", complete: true });
  expect(rig.sandbox.requests[0]?.offset).toBeGreaterThan(0);
  expect(run.inserted + next.inserted).toBe(rig.sandbox.account.size);
  await expectEqualWhenSettled(rig);
});

test("a redirect to another origin: the other origin sees no request, so no token", async () => {
  await using elsewhere = await createRig();
  await using rig = await createRig();
  rig.sandbox.faults.redirectTo = `${elsewhere.sandbox.url}/v2/datasets`;
  rig.sandbox.faults.set("redirect", 1);
  expect((await rig.run()).error).toContain(
    `${elsewhere.sandbox.url}/v2/datasets is not at ${rig.sandbox.url}`,
  );
  expect(elsewhere.sandbox.requests).toEqual([]);
});

test("a redirect inside the origin is followed, three in a row at most", async () => {
  await using rig = await createRig();
  rig.sandbox.faults.next("redirect-same", 3);
  expect(await rig.run()).toMatchObject({ status: "succeeded", complete: true, retried: 0 });
  rig.sandbox.faults.set("redirect-same", 1);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", retried: 0 });
  expect(run.error).toMatch(/redirect \(302\) that is not followed: more than 3 in a row/);
  rig.sandbox.faults.clear();
  await expectEqualWhenSettled(rig);
});
