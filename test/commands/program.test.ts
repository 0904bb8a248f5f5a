import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, test } from "vitest";

import { startSandbox } from "../../src/sandbox/start.ts";
import type { SandboxOptions } from "../../src/sandbox/start.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runProgram, startProgram } from "../support/process.ts";

async function world(options: SandboxOptions) {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox(options));
  const database = stack.use(await createTestDatabase());
  const client = new Client({ connectionString: database.url });
  client.on("error", () => {});
  await client.connect();
  stack.defer(() => client.end());
  const env = {
    APIFY_TOKEN: sandbox.token,
    APIFY_API_BASE_URL: sandbox.url,
    DATABASE_URL: database.url,
    HTTP_PORT: "0",
    LOG_FORMAT: "json",
  };
  const query = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows;
  const owned = stack.move();
  return { sandbox, database, env, query, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test("sync mirrors the account, says so in one line and ends with 0; status is fresh then", async () => {
  await using w = await world({ datasets: 2_500, seed: 1 });
  const synced = await runProgram(["sync"], w.env);
  expect(synced).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^full run 1 succeeded in .*\(rows where pages overlap are read twice\).*inserted 2500.*\nquery it: dataset-mirror psql\n$/,
    ),
  });
  expect(await w.query("select count(*)::int from apify.live_datasets")).toEqual([{ count: 2_500 }]);
  const status = await runProgram(["status", "--json"], w.env);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({
    fresh: true,
    live_rows: 2_500,
    drift: 0,
    embedded: false,
  });
  expect((await runProgram(["status"], w.env)).stdout).toMatch(/^● The mirror is up to date {2}default\n/);
});

test("status of an account that was never mirrored names those that were", async () => {
  await using w = await world({ datasets: 5 });
  await runProgram(["sync"], { ...w.env, SOURCE_NAME: "sandbox" });
  const { code, stdout } = await runProgram(["status"], w.env);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /Nothing is mirrored yet {2}default[^]*Set SOURCE_NAME: this mirror holds sandbox\./,
  );
});

test("sync ends with 1 when it failed, with the API's type and message and a hint", async () => {
  await using w = await world({ datasets: 5 });
  const failed = await runProgram(["sync"], { ...w.env, APIFY_TOKEN: "another" });
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/run 1 failed[^]*401 token-not-valid[^]*check APIFY_TOKEN/);
  expect(w.sandbox.requests).toHaveLength(1);
  expect((await runProgram(["status"], w.env)).code).toBe(1);
});

test("sync ends with 3 when another run holds the account", async () => {
  await using w = await world({ datasets: 5 });
  await runProgram(["sync"], w.env);
  await w.query(`update apify.sources set lease_holder = 'somebody', lease_busy = true,
    lease_expires_at = now() + interval '1 hour'`);
  const held = await runProgram(["sync"], w.env);
  expect(held).toMatchObject({ code: 3, stderr: expect.stringContaining("somebody") });
});

test("a pass that would take out too much ends with 1 and takes out nothing, until a person accepts it", async () => {
  await using w = await world({ datasets: 400, seed: 2 });
  const env = { ...w.env, REMOVAL_GRACE: "0s" };
  await runProgram(["sync", "--full"], env);
  w.sandbox.account.deleteRandom(300);
  const braked = await runProgram(["sync", "--full"], env);
  expect(braked).toMatchObject({ code: 1, stdout: expect.stringContaining("300 of 400 datasets have left") });
  expect(await w.query("select count(*)::int from apify.live_datasets")).toEqual([{ count: 400 }]);
  const accepted = await runProgram(["sync", "--full", "--accept-removals"], env);
  expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining("missing 300") });
  expect(await w.query("select count(*)::int from apify.live_datasets")).toEqual([{ count: 100 }]);
});

test("bad configuration ends with 2 and one message that names every variable and shows no secret", async () => {
  const bad = {
    APIFY_TOKEN: "hidden token",
    PAGE_SIZE: "1",
    LOOKBACK: "soon",
    DATABASE_URL: "mysql://u:hidden@h/x",
  };
  const ended = await runProgram(["sync"], bad);
  expect(ended.code).toBe(2);
  for (const name of Object.keys(bad)) expect(ended.stderr).toContain(`${name}: `);
  expect(ended.stderr).not.toContain("hidden token");
  expect(ended.stderr).not.toContain("u:hidden");
  for (const args of [["nonsense"], ["sync", "--nonsense"], ["sync", "--accept-removals"]]) {
    expect((await runProgram(args, {})).code).toBe(2);
  }
});

test("status writes nothing: it neither migrates nor creates a database, and says what is missing", async () => {
  await using database = await createTestDatabase({ template: false });
  const empty = await runProgram(["status"], { DATABASE_URL: database.url });
  expect(empty).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no mirror yet") });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const schemas = "select nspname from pg_namespace where nspname like 'apify%'";
  expect((await client.query(schemas)).rows).toEqual([]);

  await runProgram(["migrate"], { DATABASE_URL: database.url });
  await client.query(
    "delete from apify.migrations where created_at = (select max(created_at) from apify.migrations)",
  );
  const applied = async () => (await client.query("select created_at from apify.migrations")).rows;
  const before = await applied();
  const older = await runProgram(["status", "--json"], { DATABASE_URL: database.url });
  expect(older).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("older version") });
  expect(await applied()).toEqual(before);
  await client.end();

  const dataDir = join(tmpdir(), `dataset-mirror-none-${process.pid}`);
  const absent = await runProgram(["status"], { DATA_DIR: dataDir });
  expect(absent).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`no embedded database in ${dataDir}`),
  });
  expect(existsSync(dataDir)).toBe(false);
});

test("migrate brings an empty database up and says when there is nothing to do; a newer schema is refused", async () => {
  await using database = await createTestDatabase({ template: false });
  const env = { DATABASE_URL: database.url };
  expect(await runProgram(["migrate"], env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^migrations applied: \d/),
  });
  expect(await runProgram(["migrate"], env)).toMatchObject({ code: 0, stdout: "the schema is current\n" });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    "insert into apify.migrations (hash, created_at) values ('of a later version', 99999999999999)",
  );
  await client.end();
  const refused = await runProgram(["migrate"], env);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("newer version of this program"),
  });
});

test("start mirrors at once; SIGTERM in the middle of a pass closes the run as interrupted and ends with 0", async () => {
  await using w = await world({ datasets: 50_000, seed: 3, latency: 30 });
  const service = startProgram(["start"], { ...w.env, MAX_CONCURRENCY: "1", LOG_LEVEL: "debug" });
  await service.printed(/"page":2,/);
  service.kill("SIGTERM");
  const { code, stderr } = await service.ended;
  expect(code).toBe(0);
  const [run] = await w.query("select status, pages::int, count::int, error from apify.sync_runs");
  expect(run).toMatchObject({ status: "interrupted", error: "stopped on request" });
  expect(
    stderr
      .trim()
      .split("\n")
      .at(-1)
      ?.replaceAll(/(?<=\d) (?=\d)/g, ""),
  ).toContain(
    `run interrupted: ${String(run?.["count"])} rows of ${String(run?.["pages"])} pages are committed`,
  );
  expect(await w.query("select lease_holder from apify.sources")).toEqual([{ lease_holder: null }]);
  const resumed = await runProgram(["sync", "--full"], w.env);
  expect(resumed.code).toBe(0);
  expect(await w.query("select count(*)::int from apify.live_datasets")).toEqual([{ count: 50_000 }]);
  // Each process asks for one dataset of the token's own besides.
  const pages = w.sandbox.requests.filter(({ limit }) => limit !== 1);
  expect(pages.filter(({ offset }) => offset === 0)).toHaveLength(1);
});
