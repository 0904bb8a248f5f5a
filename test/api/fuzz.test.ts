import { request } from "node:http";

import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { envelopeSchema, errorBodySchema } from "../../src/apify/contract.ts";
import { fuzz } from "../support/fuzz.ts";
import { SOURCE, dataset, fullPass, openMirror } from "../support/mirror.ts";
import { API_TOKEN, openReadApi } from "../support/read-api.ts";
import type { TestReadApi } from "../support/read-api.ts";

const { seed, extent, timeoutMs, checkMemory } = fuzz(200);
const DATASETS = 1100;

let stack: AsyncDisposableStack;
let api: TestReadApi;
beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const mirror = stack.use(await openMirror());
  const rows = Array.from({ length: DATASETS }, (_, nth) =>
    dataset(`d${nth}`, nth, { name: `n${nth}`, userId: "me" }),
  );
  await fullPass(mirror, 0, rows);
  await mirror.sql("update apify.sources set owner_id = 'me', owner_name = 'me'");
  api = stack.use(await openReadApi({ db: mirror.db, source: SOURCE }));
});
afterAll(() => stack.disposeAsync());

const garbage = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "NaN", "1e9", "null", "%"),
);
const count = fc.oneof(
  fc.nat(2000).map(String),
  fc.constantFrom("-1", "1.5", "999999999999999", "9".repeat(16)),
  garbage,
);
const flag = fc.oneof(fc.constantFrom("true", "false", "1", "0", "TRUE", "2"), garbage);
const ownership = fc.oneof(fc.constantFrom("ownedByMe", "sharedWithMe", "mine"), garbage);
const parameter = fc.oneof(
  fc.tuple(fc.constantFrom("offset", "limit"), count),
  fc.tuple(fc.constantFrom("desc", "unnamed"), flag),
  fc.tuple(fc.constant("ownership"), ownership),
  fc.tuple(fc.constantFrom("colour", "__proto__", "constructor", "offset[]", "Limit"), garbage),
);
const queries = fc.array(parameter, { maxLength: 6 });

/** The contract, said once more. */
function isValid(parameters: ReadonlyArray<readonly [name: string, value: string]>): boolean {
  const rules: Readonly<Record<string, RegExp>> = {
    offset: /^\d{1,15}$/,
    limit: /^\d{1,15}$/,
    desc: /^(true|false|1|0)$/,
    unnamed: /^(true|false|1|0)$/,
    ownership: /^(ownedByMe|sharedWithMe)$/,
  };
  return Object.entries(rules).every(([name, rule]) => {
    const values = parameters.filter(([given]) => given === name).map(([, value]) => value);
    return values.length <= 1 && values.every((value) => rule.test(value));
  });
}

test(
  "any query is answered with a page of at most 1000 rows, or refused with 400",
  { timeout: timeoutMs },
  async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (parameters) => {
        const query = new URLSearchParams();
        for (const [name, value] of parameters) query.append(name, value.toWellFormed());
        const answer = await api.get(`/v2/datasets?${query.toString()}`);
        const body: unknown = await answer.json();
        expect(answer.status).toBe(isValid([...query]) ? 200 : 400);
        if (answer.status === 400) {
          expect(errorBodySchema.parse(body).error.type).toBe("invalid-input");
          return;
        }
        const { data } = envelopeSchema.parse(body);
        expect(data.count).toBe(data.items.length);
        expect(data.count).toBe(Math.max(0, Math.min(data.limit, data.total - data.offset)));
        expect(data.limit).toBeLessThanOrEqual(1000);
        checkMemory();
      }),
      { ...seed, ...extent },
    );
  },
);

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
/** What a path may hold on the wire; the rest is escaped by whoever sends it. */
const segment = fc.oneof(
  fc.constantFrom(
    "v2",
    "datasets",
    "users",
    "me",
    "at",
    "d1",
    "me~n1",
    "2026-01-01T00:00:00Z",
    "..",
    "%00",
    "%ff",
    "",
  ),
  garbage.map((text) => encodeURIComponent(text.toWellFormed())),
);
const paths = fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`);

test("any method on any path is answered, and never with 5xx", { timeout: timeoutMs }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), paths, fc.boolean(), async (method, path, isKnown) => {
      const status = await statusOf(method, path, isKnown ? API_TOKEN : "another");
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      if (method !== "GET" && method !== "OPTIONS") expect([400, 404, 405]).toContain(status);
      if (!isKnown && status === 200) expect(path).toMatch(/^\/+openapi\.json$/);
      checkMemory();
    }),
    { ...seed, ...extent },
  );
  expect(api.failures).toEqual([]);
});

/** Without the platform's own idea of what a path is. */
function statusOf(method: string, path: string, token: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { hostname, port } = new URL(api.url);
  const headers = { authorization: `Bearer ${token}` };
  request({ hostname, port, method, path, headers }, (answer) => {
    answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
  })
    .on("error", reject)
    .end();
  return promise;
}
