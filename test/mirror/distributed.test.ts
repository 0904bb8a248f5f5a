/** Statements that databases which spread a table over servers refuse: there are none but those that deploy/SCALE.md names. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const SCALE = readFileSync(join(ROOT, "deploy/SCALE.md"), "utf8");

/** The files that hold statements, without comments. The embedded server's own are about that one server. */
const files = globSync(["src/{mirror,api,fleet}/**/*.ts", "migrations/*.sql"], { cwd: ROOT })
  .filter((path) => !path.startsWith("src/mirror/embedded"))
  .map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return { path, text: text.replace(/\/\*[^]*?\*\/|\/\/.*|--.*/g, "") };
  });

const placesOf = (...patterns: readonly RegExp[]) =>
  files
    .filter(({ text }) => patterns.every((pattern) => pattern.test(text)))
    .map(({ path }) => path)
    .toSorted();

test("the scan sees the statements", () => {
  expect(placesOf(/insert into apify\.datasets\b/)).toContain("src/mirror/upsert.ts");
  expect(placesOf(/create table/i)).toContain("migrations/0000_init.sql");
});

test("no statement goes by where a row lies, or by the transaction that wrote it", () => {
  expect(placesOf(/\b(ctid|xmin|xmax|cmin|cmax)\b/i)).toEqual([]);
});

test.each([
  ["locks of a transaction", [/pg_advisory_xact_lock/]],
  [
    "volatile functions in an update",
    [/\bupdate apify\./, /clock_timestamp\(\)|\bclock\(\)|LEASE_END|random\(\)/],
  ],
])("%s are where deploy/SCALE.md says", (_, patterns) => {
  const places = placesOf(...patterns).filter((path) => path.startsWith("src/"));
  expect(places.length).toBeGreaterThan(0);
  expect(places.filter((path) => !SCALE.includes(`\`${path}\``))).toEqual([]);
});
