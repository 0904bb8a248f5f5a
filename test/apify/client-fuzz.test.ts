/** Whatever answers over TCP, the client returns a page or an ApiError, and waits no longer than its caps. */
import { gzipSync } from "node:zlib";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { ApiError } from "../../src/apify/errors.ts";
import { OUTAGE_WAIT_MAX_MS, RETRY_AFTER_MAX_MS } from "../../src/core/backoff.ts";
import { ManualClock } from "../support/clock.ts";
import { fuzz } from "../support/fuzz.ts";
import { startRawServer } from "../support/raw-server.ts";
import { item, pageOf, setUpClient, TOKEN } from "./client-setup.ts";

const DAY_MS = 86_400_000;
/** Added to a Retry-After, so that clients that were told the same time do not return together. */
const JITTER_MS = 500;
/** Eight attempts of a request and three redirects. */
const REQUESTS_MAX = 8 * 4;
const TIMEOUT_MS = 100;

const { seed, extent, timeoutMs, checkMemory } = fuzz(150);

class RecordingClock extends ManualClock {
  longestMs = 0;

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.longestMs = Math.max(this.longestMs, ms);
    await super.sleep(ms, signal);
  }
}

const number = fc.oneof(
  fc.constantFrom("0", "-1", "1e308", "0.0000001", "599", "601", "9".repeat(400), "0x10", "NaN", "Infinity"),
  fc.double().map(String),
  fc.nat(2000).map(String),
);
const date = fc.oneof(
  fc.date({ noInvalidDate: true }).map((time) => time.toUTCString()),
  fc.constantFrom("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday"),
);
const text = fc.string({ unit: "binary-ascii", maxLength: 60 });
const header = fc.oneof(
  fc.tuple(fc.constantFrom("x-ratelimit-limit", "retry-after"), fc.oneof(number, date, text)),
  fc.tuple(fc.constant("date"), fc.oneof(date, text)),
  fc.tuple(
    fc.constant("location"),
    fc.oneof(fc.webUrl(), fc.constantFrom("/again", "", "//", "http://["), text),
  ),
  fc.tuple(fc.constant("content-encoding"), fc.constantFrom("gzip", "br", "gzip, gzip", "unknown")),
  fc.tuple(fc.constant("content-length"), number),
  fc.tuple(fc.constantFrom("transfer-encoding", "connection", "content-type", "link"), text),
);
const json = fc.json({ maxDepth: 4 });
const envelope = fc
  .record({ total: fc.anything(), offset: fc.anything(), limit: fc.anything(), count: fc.anything() })
  .chain((numbers) => fc.array(fc.jsonValue(), { maxLength: 20 }).map((items) => ({ ...numbers, items })))
  .map((data) => JSON.stringify({ data }, (_, value: unknown) => (typeof value === "bigint" ? 0 : value)));
const nested = fc
  .tuple(fc.nat(200_000), fc.constantFrom(["[", "]"], ['{"a":', "}"], ["[", ""]))
  .map(
    ([depth, [open = "", close = ""]]) => `{"data":{"items":${open.repeat(depth)}0${close.repeat(depth)}}}`,
  );
const errorBody = fc.constant(`{"error":{"type":"${TOKEN}","message":"\\u0000\\u202e ${TOKEN}"}}`);
const page = fc.oneof(fc.constant(pageOf([item(1)])), envelope);
const body = fc.oneof(page, errorBody, json, nested, text, fc.constantFrom("", "<html>"));
const before = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  fc.constant("HTTP/1.1 103 Early Hints\r\n\r\n"),
  text,
);
const framing = {
  isCompressed: fc.boolean(),
  // What never ends leaves the client waiting for its timeout.
  ends: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
};
const times = fc.array(fc.tuple(fc.constant("date"), date), { maxLength: 1 });

const busy = fc.record({
  status: fc.constantFrom(429, 500, 503),
  headers: fc
    .tuple(fc.tuple(fc.constant("retry-after"), fc.oneof(number, date)), times)
    .map(([one, more]) => [one, ...more]),
  body: errorBody,
  before: fc.constant(""),
  ...framing,
});
const listed = fc.record({
  status: fc.constant(200),
  headers: fc
    .tuple(fc.array(fc.tuple(fc.constant("x-ratelimit-limit"), number), { maxLength: 1 }), times)
    .map((all) => all.flat()),
  body: page,
  before: fc.constant(""),
  ...framing,
});
const anything = fc.record({
  status: fc.oneof(fc.constantFrom(100, 101, 103, 200, 204, 301, 304, 400, 401, 599, 999), fc.nat(999)),
  headers: fc.array(header, { maxLength: 6 }),
  body,
  before,
  ...framing,
});
const answer = fc.oneof(busy, listed, { weight: 2, arbitrary: anything });

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly isCompressed: boolean;
  /** Sent in front of the answer. */
  readonly before: string;
  /** Whether the connection is closed after it. */
  readonly ends: boolean;
}

function bytesOf({ isCompressed, ...given }: Answer): Buffer {
  const payload = isCompressed ? gzipSync(given.body) : Buffer.from(given.body);
  const lines = given.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const encoding = isCompressed ? "content-encoding: gzip\r\n" : "";
  const status = String(given.status).padStart(3, "0");
  const head = `${given.before}HTTP/1.1 ${status} X\r\n${encoding}${lines}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), payload]);
}

test("a page or an ApiError, and no wait beyond its cap", { timeout: timeoutMs }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (answers) => {
      await using server = await startRawServer((socket, count) => {
        const given = answers[count - 1];
        if (given === undefined) socket.end(bytesOf(GOOD));
        else if (given.ends) socket.end(bytesOf(given));
        else socket.write(bytesOf(given));
      });
      const clock = new RecordingClock({ isRunning: true });
      const options = { clock, random: () => 0.999, requestTimeoutMs: TIMEOUT_MS };
      const { client, events, fetchPage } = setUpClient(server.url, options);
      const [outcome] = await Promise.allSettled([fetchPage()]);
      if (outcome.status === "rejected") expectSafe(outcome.reason);
      else expect(Math.abs(outcome.value.serverTimeMs - clock.now())).toBeLessThanOrEqual(DAY_MS);
      const wasThrottled = events.some(({ kind }) => kind === "throttled");
      const cap = wasThrottled ? RETRY_AFTER_MAX_MS : OUTAGE_WAIT_MAX_MS;
      expect(clock.longestMs).toBeLessThanOrEqual(cap + JITTER_MS);
      expect(client.traffic().requests).toBeLessThanOrEqual(REQUESTS_MAX);
      checkMemory();
    }),
    { ...seed, ...extent },
  );
});

function expectSafe(error: unknown): void {
  expect(error).toBeInstanceOf(ApiError);
  const { message, hint } = error instanceof ApiError ? error : {};
  expect(`${message} ${hint}`).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}/u);
  expect(`${message} ${hint}`).not.toContain(TOKEN);
}

const GOOD: Answer = {
  status: 200,
  headers: [],
  body: pageOf([item(1)]),
  isCompressed: false,
  before: "",
  ends: true,
};
