import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { psqlTarget } from "../../src/commands/psql.ts";
import { createTestHome } from "../support/embedded.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runProgram } from "../support/process.ts";

const version = await runProgram(["psql", "--", "--version"], {
  DATABASE_URL: "postgres://127.0.0.1:1/none",
});
const hasPsql = version.code === 0;

test.runIf(hasPsql)("psql opens the embedded database, started for it, and stops it again", async () => {
  await using home = await createTestHome();
  const env = { DATA_DIR: home.dataDir, EMBEDDED_PORT: "0", LOG_FORMAT: "json" };
  const asked = await runProgram(["psql", "--", "-Atc", "show search_path"], env);
  expect(asked).toMatchObject({ code: 0, stdout: "apify_bi,apify\n" });
  expect(await home.postmasterPid()).toBeUndefined();
  expect((await runProgram(["psql", "--", "-c", "select 1/0"], env)).code).toBe(1);
});

test.runIf(hasPsql)("psql opens the database of DATABASE_URL and ends with psql's exit code", async () => {
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, LOG_FORMAT: "json" };
  const asked = await runProgram(["psql", "--", "-Atc", "select count(*) from live_datasets"], env);
  expect(asked).toMatchObject({ code: 0, stdout: "0\n" });
  const failed = await runProgram(["psql", "--", "-v", "ON_ERROR_STOP=1", "-f", "/dev/null/none"], env);
  expect(failed.code).toBe(1);
  expect((await runProgram(["psql"], { ...env, DATABASE_URL: "postgres://127.0.0.1:1/none" })).code).toBe(2);
});

test.runIf(hasPsql && process.platform === "linux")("the password is in no argument of psql", async () => {
  await using home = await createTestHome();
  const env = { DATA_DIR: home.dataDir, EMBEDDED_PORT: "0" };
  const passfile = await readFile(join(home.dataDir, "cluster/passfile"), "utf8");
  const { stdout } = await runProgram(["psql", "--", "-c", "\\! tr '\\0' ' ' < /proc/$PPID/cmdline"], env);
  expect(stdout).toMatch(/psql postgres:\/\/mirror@127/);
  for (const [, password = ""] of passfile.matchAll(/:(\w+)$/gm)) expect(stdout).not.toContain(password);
});

test("without psql on the PATH it says what to install", async () => {
  const env = { PATH: "/nowhere", DATABASE_URL: "postgres://127.0.0.1:1/none" };
  expect(await runProgram(["psql"], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/psql is not installed.*\n.*postgresql-client/),
  });
});

test("a password goes into the environment of psql, wherever the URL has it", () => {
  expect(psqlTarget("postgres://me:p%40ss@h:5433/db?sslmode=require&uselibpqcompat=true")).toEqual({
    url: "postgres://me@h:5433/db?sslmode=require",
    env: { PGPASSWORD: "p@ss" },
  });
  expect(psqlTarget("postgres://me@h/db?password=secret&require_auth=scram-sha-256")).toEqual({
    url: "postgres://me@h/db",
    env: { PGPASSWORD: "secret", PGREQUIREAUTH: "scram-sha-256" },
  });
  expect(psqlTarget("postgres://h/db")).toEqual({ url: "postgres://h/db", env: {} });
});
