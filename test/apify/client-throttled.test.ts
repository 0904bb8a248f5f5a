import { expect, test } from "vitest";

import type { Handler } from "../support/http-server.ts";
import { startHttpServer } from "../support/http-server.ts";
import { failureOf, item, pageOf, sendJson, setUpClient } from "./client-setup.ts";

const LIMIT_HIT = JSON.stringify({ error: { type: "rate-limit-exceeded", message: "Slow down" } });

/** Answers the first `count` requests with 429. */
function throttle(count: number, headers = {}): Handler {
  return (_, response, number) => {
    if (number <= count) sendJson(response, 429, LIMIT_HIT, headers);
    else sendJson(response, 200, pageOf([item(1)]));
  };
}

test("a 429 pauses, is retried and is counted", async () => {
  await using server = await startHttpServer(throttle(2));
  const { client, events, fetchPage } = setUpClient(server.url);
  expect(await fetchPage()).toMatchObject({ count: 1 });
  expect(client.traffic()).toEqual({ requests: 3, throttled: 2, throttledMs: 1500, retried: 2 });
  expect(events.filter(({ kind }) => kind === "throttled" || kind === "paused")).toEqual([
    { kind: "throttled", pauseMs: 500 },
    { kind: "paused", ms: 500 },
    { kind: "throttled", pauseMs: 1000 },
    { kind: "paused", ms: 1000 },
  ]);
});

test("a 429 after a success pauses as briefly as the first", async () => {
  await using server = await startHttpServer((_, response, number) => {
    if (number % 2 === 1) sendJson(response, 429, LIMIT_HIT);
    else sendJson(response, 200, pageOf([item(1)]));
  });
  const { events, fetchPage } = setUpClient(server.url);
  for (let page = 0; page < 3; page++) await fetchPage(page);
  const pauses = events.flatMap((event) => (event.kind === "throttled" ? [event.pauseMs] : []));
  expect(pauses).toEqual([500, 500, 500]);
});

test.each([
  ["seconds", { "retry-after": "30" }],
  [
    "a date by the server's clock",
    { "retry-after": "Fri, 01 Jan 2027 00:00:30 GMT", date: "Fri, 01 Jan 2027 00:00:00 GMT" },
  ],
])("Retry-After in %s is waited for", async (_, headers) => {
  await using server = await startHttpServer(throttle(1, headers));
  const { client, fetchPage } = setUpClient(server.url);
  await fetchPage();
  expect(client.traffic().throttledMs).toBe(30_000);
});

test("a Retry-After of an hour is reported and not waited for", async () => {
  await using server = await startHttpServer(throttle(99, { "retry-after": "3600" }));
  const { error } = await failureOf(setUpClient(server.url).fetchPage());
  expect(error.message).toBe(
    "Apify answered 429, too many requests: Slow down; it asks to wait 3600 s, more than the 600 s that are waited for",
  );
  expect(server.requests).toHaveLength(1);
});

test("the retry after a 429 reports how long the pause is", async () => {
  await using server = await startHttpServer(throttle(1, { "retry-after": "30" }));
  const { events, fetchPage } = setUpClient(server.url);
  await fetchPage();
  const retrying = events.filter(({ kind }) => kind === "retrying");
  expect(retrying).toMatchObject([
    { attempt: 2, attempts: 8, delayMs: 30_000, error: { reason: "too many requests" } },
  ]);
});

test.each([
  ["is waited for up to a minute", 60, 2, 60_000],
  ["is reported and fails the page if it is longer", 61, 1, 0],
])("Retry-After of a 503 %s", async (_, seconds, requests, waitedMs) => {
  await using server = await startHttpServer((_request, response, number) => {
    if (number === 1) sendJson(response, 503, "{}", { "retry-after": String(seconds) });
    else sendJson(response, 200, pageOf([]));
  });
  const { clock, fetchPage } = setUpClient(server.url);
  const startedAt = clock.now();
  const outcome = await fetchPage().catch((error: unknown) => error);
  expect(clock.now() - startedAt).toBe(waitedMs);
  expect(server.requests).toHaveLength(requests);
  if (requests === 1) {
    expect(outcome).toMatchObject({
      message:
        "Apify failed with status 503: {}; it asks to wait 61 s, more than the 60 s that are waited for",
    });
  }
});

test("a server that always answers 429 fails the page after eight attempts", async () => {
  await using server = await startHttpServer(throttle(99));
  const { client, fetchPage } = setUpClient(server.url);
  const { error } = await failureOf(fetchPage());
  expect(error).toMatchObject({
    failure: "throttled",
    hint: expect.stringContaining("MAX_REQUESTS_PER_SECOND"),
  });
  expect(client.traffic()).toMatchObject({ requests: 8, throttled: 8, retried: 7 });
});

test("one 429 holds back all pages, those queued and those to come, and is one pause", async () => {
  let pausedFrom = 0;
  const arrivals: number[] = [];
  const now = () => clock.now();
  await using server = await startHttpServer((_, response, number) => {
    arrivals.push(now());
    if (number > 1) return sendJson(response, 200, pageOf([item(1)]));
    pausedFrom = now();
    return sendJson(response, 429, LIMIT_HIT, { "retry-after": "60" });
  });
  // Slow enough that the 429 is here before the second request's turn.
  const { client, clock, fetchPage } = setUpClient(server.url, { maxRequestsPerSecond: 1 });
  const first = fetchPage(0);
  await expect.poll(() => client.traffic().throttled).toBe(1);
  await Promise.all([first, ...[1, 2, 3, 4].map((offset) => fetchPage(offset))]);
  expect(arrivals.slice(1).every((at) => at >= pausedFrom + 60_000)).toBe(true);
  expect(arrivals).toHaveLength(6);
  expect(client.traffic()).toMatchObject({ throttled: 1, throttledMs: 60_000, retried: 1 });
});

test("a burst of 429s is one pause", async () => {
  await using server = await startHttpServer(throttle(4));
  const { client, events, fetchPage } = setUpClient(server.url, { maxRequestsPerSecond: 1000 });
  await Promise.all([1, 2, 3, 4].map((offset) => fetchPage(offset)));
  const { throttled, retried } = client.traffic();
  expect([throttled, retried]).toEqual([4, 4]);
  const paused = events.flatMap((event) => (event.kind === "paused" ? [event.ms] : []));
  expect(paused.reduce((sum, ms) => sum + ms, 0)).toBe(client.traffic().throttledMs);
});

test("an X-RateLimit-Limit of nearly nothing still lets a request out every two seconds", async () => {
  await using server = await startHttpServer((_, response) => {
    sendJson(response, 200, pageOf([]), { "x-ratelimit-limit": "0.0000001" });
  });
  const { clock, fetchPage } = setUpClient(server.url);
  const startedAt = clock.now();
  for (let page = 0; page < 5; page++) await fetchPage(page);
  expect(clock.now() - startedAt).toBeLessThanOrEqual(4 * 2000);
});

test("requests come no faster than X-RateLimit-Limit says", async () => {
  const arrivals: number[] = [];
  const now = () => clock.now();
  await using server = await startHttpServer((_, response) => {
    arrivals.push(now());
    sendJson(response, 200, pageOf([]), { "x-ratelimit-limit": "2" });
  });
  const { clock, fetchPage } = setUpClient(server.url, { maxRequestsPerSecond: 1000 });
  for (let page = 0; page < 5; page++) await fetchPage(page);
  const gaps = arrivals.slice(2).map((at, index) => at - (arrivals[index + 1] ?? 0));
  expect(gaps.every((gap) => gap >= 498)).toBe(true);
});
