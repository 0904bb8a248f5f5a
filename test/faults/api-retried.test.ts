/** What is retried: 5xx, failures of the network, and bodies that are not a page of the list. */
import { expect, test } from "vitest";

import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { expectEqual, expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { PAGE_SIZE, createRig } from "../support/rig.ts";
import type { Rig, RigOptions } from "../support/rig.ts";
import { startProxy } from "../support/proxy.ts";

/** Attempts at one page, the first one included. */
const ATTEMPTS = 8;
const REFUSED = /Apify cannot be reached: connection refused \(127\.0\.0\.1:\d+\)\.\nCheck the network/s;

/** What the run's row says if the fault lasts: what happened, and what to do. */
const RETRIED: ReadonlyArray<[FaultName, RegExp]> = [
  ["500", /^Apify failed with status 500: .*internal server error.*https:\/\/status\.apify\.com/s],
  ["502", /^Apify failed with status 502: .*Please stand by.*https:\/\/status\.apify\.com/s],
  ["503", /^Apify failed with status 503: .*Please stand by.*https:\/\/status\.apify\.com/s],
  ["504", /^Apify failed with status 504: .*Please stand by.*https:\/\/status\.apify\.com/s],
  ["reset", /^Apify cannot be reached: connection (reset|closed).*\sCheck the network, APIFY_API_BASE_URL/s],
  [
    "reset-body",
    /^Apify cannot be reached: connection (reset|closed).*\sCheck the network, APIFY_API_BASE_URL/s,
  ],
  ["hang", /^Apify cannot be reached: no whole answer within 0\.15 s\.\nRaise REQUEST_TIMEOUT/s],
  ["hang-body", /^Apify cannot be reached: no whole answer within 0\.15 s\.\nRaise REQUEST_TIMEOUT/s],
  [
    "truncated",
    /^Apify's answer is not a page of datasets: it is no JSON .* check APIFY_API_BASE_URL and proxies/s,
  ],
  [
    "html",
    /^Apify's answer is not a page of datasets: it is an HTML page, status 200, content type text\/html/s,
  ],
];

test.each(RETRIED)("%s once: the request is sent again and the run succeeds", async (fault) => {
  await using rig = await createRig(patience(fault, 2000));
  rig.sandbox.faults.next(fault);
  const run = await rig.run("full");
  expect(run).toMatchObject({ status: "succeeded", complete: true, error: null, retried: 1, throttled: 0 });
  expect(run.requests).toBe(rig.sandbox.requests.length);
  expect(rig.log.lines("error")).toEqual([]);
  await expectEqual(rig);
});

test.each(RETRIED)(
  "%s for long: the run fails with its cause, keeps its pages, and the service lives on",
  async (fault, error) => {
    await using rig = await createRig(patience(fault, 150));
    await failAfterFirstPage(rig, () => rig.sandbox.faults.set(fault, 1), error);
    rig.sandbox.faults.clear();
    await expectRecovery(rig);
  },
);

test("refused: the same, with the address that refused", async () => {
  await using upstream = await createRig();
  await using proxy = await startProxy(new URL(upstream.sandbox.url));
  await using rig = await createRig({ api: { baseUrl: new URL(`http://127.0.0.1:${proxy.port}`) } });
  await proxy.close();
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", requests: ATTEMPTS, retried: ATTEMPTS - 1, pages: 0 });
  expect(run.error).toMatch(REFUSED);
  await proxy.open();
  const next = await rig.run();
  expect(next).toMatchObject({ kind: "full", status: "succeeded", complete: true });
  await expectEqual({ url: rig.url, sandbox: upstream.sandbox });
});

test("DNS: a host name that does not exist", async () => {
  await using rig = await createRig({ api: { baseUrl: new URL("https://no-such-host.invalid") } });
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", requests: ATTEMPTS, retried: ATTEMPTS - 1 });
  expect(run.error).toMatch(
    /(host name not found|the name service does not answer) \(no-such-host\.invalid\)\.\nCheck/,
  );
});

test("a failure that repeats at every tick is logged in full once, then at each power of two", async () => {
  await using rig = await createRig();
  rig.sandbox.faults.set("500", 1);
  for (let times = 1; times <= 8; times++) expect((await rig.run()).status).toBe("failed");
  const [whole, ...again] = rig.log.lines("error");
  expect(whole).toMatchObject({ msg: "run failed", err: { type: "ServerError" } });
  expect(again.map((line) => [line.msg, line["failures"]])).toEqual(
    [2, 4, 8].map((count) => ["run failed, again", count]),
  );
});

/** A short timeout for what hangs only: on a busy machine other answers may take a while. */
function patience(fault: FaultName, requestTimeoutMs: number): RigOptions {
  return fault.startsWith("hang") ? { api: { requestTimeoutMs } } : {};
}

/** A first pass that fails after its first page. */
async function failAfterFirstPage(rig: Rig, begin: () => void, error: RegExp): Promise<void> {
  rig.told.pageCommitted = begin;
  const run = await rig.run();
  rig.told.pageCommitted = () => {};
  expect(run).toMatchObject({ kind: "full", status: "failed", complete: false, throttled: 0 });
  expect(run.error).toMatch(error);
  expect(run.retried).toBeGreaterThanOrEqual(ATTEMPTS - 1);
  expect(run.count).toBeGreaterThanOrEqual(PAGE_SIZE);
  expect(run.inserted).toBe(run.count - run.unchanged);
  const [told, ...rest] = rig.log.lines("error");
  expect(rest).toEqual([]);
  expect(told).toMatchObject({ msg: "run failed", run: run.id, status: "failed", requests: run.requests });
  // The row has the message of the log with its hint.
  expect(run.error).toContain(told?.err?.hint);
  expect(told?.err?.stack).toBeUndefined();
}

/** Changes the account, and expects the next run to catch up. */
async function expectRecovery(rig: Rig): Promise<void> {
  rig.sandbox.account.expireOldest(30);
  rig.sandbox.account.create(60);
  const next = await rig.run();
  expect(next).toMatchObject({ status: "succeeded", error: null });
  expect(rig.log.lines("info").map((line) => line.msg)).toContain("recovered");
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
}
