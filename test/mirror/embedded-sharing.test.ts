import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { z } from "zod";

import { type TestHome, ask, createTestHome, freePort, open, openInChild } from "../support/embedded.ts";

test("the server of a service that was killed with -9 is taken over, and stopped in the end", async () => {
  await using home = await createTestHome();
  const { url, port } = await openAndKill(home);
  await using db = await open(home);
  expect(db.started).toBe(false);
  expect(db.port).toBe(port);
  expect(db.url).toBe(url);
  await db[Symbol.asyncDispose]();
  expect(await home.postmasterPid()).toBeUndefined();
});

test("a second service on the same folder is refused and told who holds it", async () => {
  await using home = await createTestHome();
  await using first = await open(home);
  await expect(open(home)).rejects.toMatchObject({
    name: "OperatorError",
    message: `the embedded database in ${home.dataDir} is in use by another service (pid ${process.pid})`,
    hint: expect.stringContaining("DATA_DIR"),
  });
  expect(await ask(first.url, "select 1")).toBe(1);
});

test("a guest shares the service's server and leaves it running", async () => {
  await using home = await createTestHome();
  await using service = await open(home);
  const guest = await open(home, { role: "guest" });
  expect(guest.started).toBe(false);
  expect(guest.url).toBe(service.url);
  await guest[Symbol.asyncDispose]();
  expect(await ask(service.url, "select 1")).toBe(1);
});

test("a guest starts the server when nobody runs it, and stops it", async () => {
  await using home = await createTestHome();
  const guest = await open(home, { role: "guest" });
  expect(guest.started).toBe(true);
  await guest[Symbol.asyncDispose]();
  expect(await home.postmasterPid()).toBeUndefined();
});

test("a service may come while a guest runs the server; the last to leave stops it", async () => {
  await using home = await createTestHome();
  const guest = await open(home, { role: "guest" });
  const service = await open(home);
  const late = await open(home, { role: "guest" });
  await guest[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  expect(await ask(late.url, "select 1")).toBe(1);
  await late[Symbol.asyncDispose]();
  expect(await home.postmasterPid()).toBeUndefined();
});

test("many that start at the same time on an empty folder share one server", async () => {
  await using home = await createTestHome();
  const port = await freePort();
  const databases = await Promise.all(
    (["owner", "guest", "guest", "guest"] as const).map((role) => open(home, { role, port })),
  );
  expect(new Set(databases.map((db) => db.url)).size).toBe(1);
  expect(databases.filter((db) => db.started)).toHaveLength(1);
  await Promise.all(databases.map((db) => db[Symbol.asyncDispose]()));
  expect(await home.postmasterPid()).toBeUndefined();
});

test("coming and going at the same time never leaves anybody without a server", async () => {
  await using home = await createTestHome();
  const port = await freePort();
  const visit = async () => {
    for (let visits = 0; visits < 6; visits++) {
      await using db = await open(home, { role: "guest", port });
      expect(await ask(db.url, "select 1")).toBe(1);
    }
  };
  await Promise.all([visit(), visit(), visit()]);
  expect(await home.postmasterPid()).toBeUndefined();
});

test("a server that crashed is reported, and started again on the same port when asked", async () => {
  await using home = await createTestHome();
  const lines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
  await using db = await open(home, { log });
  const pid = await killPostmaster(home);
  await vi.waitFor(() => expect(lines.join()).toContain("embedded Postgres has gone"), 30_000);
  await Promise.all([db.ensureRunning(), db.ensureRunning()]);
  expect(await ask(db.url, "select 1")).toBe(1);
  expect(await home.postmasterPid()).not.toBe(pid);
  expect(lines).toHaveLength(1);
});

test("somebody who cuts the service's own connection does not cost it its server", async () => {
  await using home = await createTestHome();
  await using db = await open(home);
  const cut =
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'dataset-mirror%'";
  expect(await ask(db.url, cut)).toBe(true);
  await db.ensureRunning();
  await expect(open(home)).rejects.toThrow("in use by another service");
  expect(await ask(db.url, cut)).toBe(true);
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
  await (await open(home))[Symbol.asyncDispose]();
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
  await (await open(home))[Symbol.asyncDispose]();
  await writeFile(join(home.dataDir, "cluster/data/postmaster.pid"), "");
  await using db = await open(home);
  expect(await ask(db.url, "select 1")).toBe(1);
});

test("opening can be given up", async () => {
  await using home = await createTestHome();
  const signal = AbortSignal.timeout(100);
  await expect(open(home, { signal })).rejects.toMatchObject({
    name: expect.stringMatching(/Abort|Timeout/),
  });
  expect(await home.postmasterPid()).toBeUndefined();
  expect((await readdir(home.dataDir)).filter((name) => !name.startsWith("runtime-"))).toEqual([]);
});

const answerSchema = z.object({ url: z.string(), port: z.number() });

async function openAndKill(home: TestHome): Promise<z.infer<typeof answerSchema>> {
  await using child = openInChild(home);
  await vi.waitFor(() => expect(child.output()).toContain("\n"), { timeout: 60_000 });
  child.process.kill("SIGKILL");
  return answerSchema.parse(JSON.parse(child.output()));
}

async function killPostmaster(home: TestHome): Promise<number> {
  const pid = await home.postmasterPid();
  if (pid === undefined) throw new Error("no server runs");
  process.kill(pid, "SIGKILL");
  return pid;
}
