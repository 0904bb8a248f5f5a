import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { pino } from "pino";
import { expect, test } from "vitest";

import { type TestHome, ask, createEmptyHome, createTestHome, freePort, open } from "../support/embedded.ts";

test("the last of several processes to leave stops the server", async () => {
  await using home = await createTestHome();
  const first = await open(home);
  const second = await open(home);
  expect(second.url).toBe(first.url);
  await second[Symbol.asyncDispose]();
  expect(await ask(first.url, "select 1")).toBe(1);
  const third = await open(home);
  await first[Symbol.asyncDispose]();
  expect(await ask(third.url, "select 1")).toBe(1);
  await third[Symbol.asyncDispose]();
  await third[Symbol.asyncDispose]();
  expect(await home.postmasterPid()).toBeUndefined();
});

test("many that start at the same time on an empty folder share one server", async () => {
  await using home = await createEmptyHome();
  const port = await freePort();
  const databases = await Promise.all(Array.from({ length: 4 }, () => open(home, { port })));
  expect(new Set(databases.map((db) => db.url)).size).toBe(1);
  await Promise.all(databases.map((db) => db[Symbol.asyncDispose]()));
  expect(await home.postmasterPid()).toBeUndefined();
});

test("coming and going at the same time never leaves anybody without a server", async () => {
  await using home = await createTestHome();
  const port = await freePort();
  const visit = async () => {
    for (let visits = 0; visits < 4; visits++) {
      await using db = await open(home, { port });
      expect(await ask(db.url, "select 1")).toBe(1);
    }
  };
  await Promise.all([visit(), visit(), visit()]);
  expect(await home.postmasterPid()).toBeUndefined();
});

test("a server that crashed is started again on the same port when asked, with a warning", async () => {
  await using home = await createTestHome();
  const lines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
  await using db = await open(home, { log });
  const pid = await killPostmaster(home);
  // For a moment the backends outlive their postmaster.
  await expect
    .poll(async () => {
      await Promise.all([db.ensureRunning(), db.ensureRunning()]);
      return ask(db.url, "select 1").catch(() => "refused");
    })
    .toBe(1);
  expect(await home.postmasterPid()).not.toBe(pid);
  expect(lines).toEqual([expect.stringContaining("embedded Postgres had stopped and runs again")]);
});

test("a process whose connection was cut has a server again when it asks, and stops it in the end", async () => {
  await using home = await createTestHome();
  const db = await open(home);
  const cut =
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'dataset-mirror'";
  await ask(db.adminUrl, cut).catch(() => undefined);
  await db.ensureRunning();
  expect(await ask(db.url, "select 1")).toBe(1);
  await db[Symbol.asyncDispose]();
  expect(await home.postmasterPid()).toBeUndefined();
});

test("a server that is dead does not hinder the end", async () => {
  await using home = await createTestHome();
  const db = await open(home);
  await killPostmaster(home);
  await db[Symbol.asyncDispose]();
  await expect(db.ensureRunning()).rejects.toThrow("closed");
});

test("the process number of a dead server may have gone to another program", async () => {
  await using home = await createTestHome();
  const data = join(home.dataDir, "cluster/data");
  const { uid, gid } = await stat(data);
  const other = spawn("sleep", ["600"], { uid, gid });
  await once(other, "spawn");
  try {
    await writeFile(
      join(data, "postmaster.pid"),
      `${other.pid}\n${data}\n1\n1\n\n127.0.0.1\n1 1\nready   \n`,
    );
    await using db = await open(home);
    expect(await ask(db.url, "select 1")).toBe(1);
  } finally {
    other.kill();
  }
});

test("a server that died before it wrote its process number does not hinder the next", async () => {
  await using home = await createTestHome();
  await writeFile(join(home.dataDir, "cluster/data/postmaster.pid"), "");
  await using db = await open(home);
  expect(await ask(db.url, "select 1")).toBe(1);
});

test("opening can be given up", async () => {
  await using home = await createEmptyHome();
  const signal = AbortSignal.timeout(100);
  await expect(open(home, { signal })).rejects.toMatchObject({
    name: expect.stringMatching(/Abort|Timeout/),
  });
  expect(await home.postmasterPid()).toBeUndefined();
  expect((await readdir(home.dataDir)).filter((name) => !name.startsWith("runtime-"))).toEqual([]);
});

async function killPostmaster(home: TestHome): Promise<number> {
  const pid = await home.postmasterPid();
  if (pid === undefined) throw new Error("no server runs");
  process.kill(pid, "SIGKILL");
  return pid;
}
