import { Client } from "pg";
import { afterEach, describe, expect, test, vi } from "vitest";

import { readDatabaseUrl } from "../../src/config/database-url.ts";

afterEach(() => vi.restoreAllMocks());

function noFile(path: string): string {
  throw Object.assign(new Error(path), { code: "ENOENT" });
}

function accepted(text: string) {
  const reading = readDatabaseUrl(text, noFile);
  if ("problem" in reading) throw new Error(reading.problem.found);
  return reading.value;
}

describe("what pg makes of an accepted URL", () => {
  test.each([
    ["", false],
    ["?sslmode=disable", false],
    ["?sslmode=prefer", { rejectUnauthorized: false }],
    ["?sslmode=require", { rejectUnauthorized: false }],
    ["?application_name=x&sslmode=require", { rejectUnauthorized: false }],
    ["?sslmode=verify-full", {}],
  ])("%s: TLS is %j, as libpq means it", (query, ssl) => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const { url } = accepted(`postgres://me:pw@db.example/x${query}`);
    expect(new Client({ connectionString: url })).toMatchObject({ ssl, host: "db.example", password: "pw" });
    expect(warn, "no deprecation warning").not.toHaveBeenCalled();
  });

  test.each([
    ["postgres:///db?host=/var/run/postgresql", { host: "/var/run/postgresql", database: "db" }],
    ["postgres://me:pw@/db?host=/run/pg", { host: "/run/pg", database: "db", user: "me" }],
    ["postgresql://me@%2Frun%2Fpg/db", { host: "/run/pg", database: "db" }],
    ["postgres://[::1]:6543/db", { host: "::1", port: 6543 }],
    ["postgres://me:p%40%23%2F@h/db", { password: "p@#/" }],
    ["postgres://me:a,b@h/d,b", { password: "a,b", host: "h", database: "d,b" }],
  ])("%s", (text, client) => {
    expect(new Client({ connectionString: accepted(text).url })).toMatchObject(client);
  });

  test("a choice of pg's own meanings is left as it is", () => {
    const text = "postgres://h/d?sslmode=require&uselibpqcompat=false";
    expect(accepted(text).url).toBe(text);
  });

  test("sslmode=prefer warns that nothing falls back to a connection without TLS", () => {
    expect(accepted("postgres://h/d?sslmode=prefer").warnings).toHaveLength(1);
    expect(accepted("postgres://h/d?sslmode=require").warnings).toEqual([]);
  });
});

test.each([
  ["no URL", "localhost/db"],
  ["another kind", "mysql://u:pw-1@h/db"],
  ["an unencoded #", "postgres://u:pw-1#x@h/db"],
  ["an unencoded # after digits", "postgres://u:12#pw-1@h/db"],
  ["an unencoded /", "postgres://u:12/pw-1@h/db"],
  ["an unencoded ?", "postgres://u:12?sslmode=pw-1@h/db"],
  ["a stray %", "postgres://u:100%pw-1@h/db"],
  ["a space", "postgres://u:pw-1 x@h/db"],
  ["several hosts", "postgres://u:pw-1@a,b/db"],
  ["an impossible port", "postgres://u:pw-1@h:99999/db"],
  ["an unknown sslmode", "postgres://u:pw-1@h/db?sslmode=pw-1"],
  ["verify-ca without a CA", "postgres://u:pw-1@h/db?sslmode=verify-ca"],
  ["a CA that cannot be read", "postgres://u:pw-1@h/db?sslmode=verify-full&sslrootcert=/pw-1"],
  ["sslrootcert=system", "postgres://u:pw-1@h/db?sslmode=verify-full&sslrootcert=system"],
])("%s is refused, and nothing of the URL is shown", (_, text) => {
  const reading = readDatabaseUrl(text, noFile);
  expect(reading).toHaveProperty("problem.variable", "DATABASE_URL");
  expect(JSON.stringify(reading)).not.toContain("pw-1");
});

test.each(["postgres://a,b/db", "postgres://u:p@a:5432,b:5433/db", "postgres://u@/db?host=a,b"])(
  "%s: several hosts are named as such",
  (text) => {
    expect(readDatabaseUrl(text, noFile)).toHaveProperty("problem.found", "several hosts");
  },
);

test("certificates that can be read are left to pg", () => {
  const reading = readDatabaseUrl(
    "postgres://h/d?sslmode=verify-ca&sslrootcert=/ca.pem",
    () => "certificate",
  );
  expect(reading).toHaveProperty(
    "value.url",
    "postgres://h/d?sslmode=verify-ca&sslrootcert=/ca.pem&uselibpqcompat=true",
  );
});
