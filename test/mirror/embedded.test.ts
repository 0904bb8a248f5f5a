import { execFile } from "node:child_process";
import { readFile, readdir, rename, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { pino } from "pino";
import { expect, test, vi } from "vitest";

import { accountIn } from "../../src/mirror/embedded/account.ts";
import { defaultDataDir } from "../../src/mirror/embedded/data-dir.ts";
import { ask, createEmptyHome, createTestHome, open, openInChild } from "../support/embedded.ts";

const isLinux = process.platform === "linux";

test("the first start makes a database, and later starts find what was in it", async () => {
  await using home = await createEmptyHome();
  const first = await open(home);
  expect(await ask(first.url, "show server_version")).toMatch(/^18\./);
  expect(await ask(first.url, "select current_database() || ' ' || current_user")).toBe("mirror mirror");
  expect(
    await ask(first.url, "select datlocprovider::text || pg_encoding_to_char(encoding) from pg_database"),
  ).toBe("bUTF8");
  expect(await ask(first.url, "show search_path")).toBe("apify_bi, apify");
  await ask(first.url, "create table public.kept as select 42 as answer");
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  expect(await home.postmasterPid()).toBeUndefined();

  await using second = await open(home);
  expect(await ask(second.url, "select answer from public.kept")).toBe(42);
});

test("passwords are in one file that only its user reads, and in no command line, environment or log", async () => {
  await using home = await createEmptyHome();
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  vi.stubEnv("APIFY_TOKEN", "apify_api_secret");
  await using db = await open(home, { log });
  vi.unstubAllEnvs();
  const passwords = [db.url, db.adminUrl].map((url) => new URL(url).password);
  const [password = ""] = passwords;
  expect(new Set(passwords).size).toBe(2);
  expect((await stat(join(home.dataDir, "cluster/passfile"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(home.dataDir, "cluster/data"))).mode & 0o777).toBe(0o700);
  const commandLine = isLinux ? await readFile(`/proc/${await home.postmasterPid()}/cmdline`, "utf8") : "";
  for (const each of passwords) {
    expect(each).toMatch(/^[0-9a-f]{48}$/);
    expect(await filesWith(home.dataDir, each)).toEqual(["cluster/passfile"]);
    expect([db.psql, commandLine, ...lines].join()).not.toContain(each);
  }
  await expect(ask(db.url.replace(password, "guess"), "select 1")).rejects.toThrow("password");
  await expect(ask(db.url.replace(`:${password}`, ""), "select 1")).rejects.toThrow("password");
  await ask(db.adminUrl, "create table public.env (line text)");
  await ask(db.adminUrl, "copy public.env from program 'env'");
  const environment = await ask(db.adminUrl, "select string_agg(line, ' ') from public.env");
  expect(environment).toContain("TZ=UTC");
  expect(environment).not.toMatch(/APIFY|secret/);
});

test("the psql line can be pasted into a shell", async ({ skip }) => {
  const psql = await promisify(execFile)("psql", ["--version"]).catch(() => undefined);
  skip(psql === undefined, "no psql here");
  await using home = await createTestHome();
  const dataDir = join(dirname(home.dataDir), "it's 100%! & (odd)");
  await rename(home.dataDir, dataDir);
  const db = await open({ dataDir });
  const { stdout } = await promisify(execFile)("sh", ["-c", `${db.psql} -Atc 'select current_user'`]);
  expect(stdout).toBe("mirror\n");
  await db[Symbol.asyncDispose]();
  expect(await readdir(join(dataDir, "cluster/data"))).not.toContain("postmaster.pid");
});

test("only 127.0.0.1 is listened on, without unix sockets", async () => {
  await using home = await createTestHome();
  await using db = await open(home);
  expect(await ask(db.url, "show listen_addresses")).toBe("127.0.0.1");
  expect(await ask(db.adminUrl, "show unix_socket_directories")).toBe("");
  expect(await ask(db.url, "show port")).toBe(String(db.port));
});

test.runIf(isLinux)("Ctrl-C on the terminal does not reach the server", async () => {
  await using home = await createTestHome();
  await using _db = await open(home);
  const pid = await home.postmasterPid();
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
  const [, , group, session] = fields.map(Number);
  expect([group, session]).toEqual([pid, pid]);
});

test("the server's log is emptied when it has grown too long", async () => {
  await using home = await createTestHome();
  await using db = await open(home);
  const path = join(home.dataDir, "cluster/server.log");
  await truncate(path, 17 * 1024 * 1024);
  await db.ensureRunning();
  expect((await stat(path)).size).toBe(0);
  await ask(db.url, "select 1/0").catch(() => undefined);
  await vi.waitFor(
    async () => expect(await readFile(path, "utf8")).toMatch(/^[0-9-]+ .*division by zero/),
    30_000,
  );
});

test("kill -9 in the middle of the first start leaves nothing half made", async () => {
  await using home = await createEmptyHome();
  const names = async () => readdir(home.dataDir).catch(() => []);
  {
    await using child = openInChild(home);
    const isMaking = async (name: string) =>
      (await readdir(join(home.dataDir, name))).includes("initdb-password");
    await vi.waitFor(
      async () => expect((await Promise.all((await names()).map(isMaking))).some(Boolean)).toBe(true),
      { timeout: 30_000, interval: 5 },
    );
    child.process.kill("SIGKILL");
  }
  expect(await names()).not.toContain("cluster");
  await using db = await open(home);
  expect(await ask(db.url, "select 1")).toBe(1);
  expect((await names()).filter((name) => name.startsWith("."))).toEqual([]);
});

test("the data folder is the user's own by default", () => {
  expect(defaultDataDir({}, "linux", 0, "/root")).toBe("/var/lib/dataset-mirror");
  expect(defaultDataDir({}, "linux", 1000, "/home/ada")).toBe("/home/ada/.local/share/dataset-mirror");
  expect(defaultDataDir({ XDG_DATA_HOME: "/data" }, "linux", 1000, "/home/ada")).toBe("/data/dataset-mirror");
  expect(defaultDataDir({ XDG_DATA_HOME: "rel" }, "linux", 1, "/h")).toBe("/h/.local/share/dataset-mirror");
  expect(defaultDataDir({}, "darwin", 501, "/Users/ada")).toBe(
    "/Users/ada/Library/Application Support/dataset-mirror",
  );
  const windows = { LOCALAPPDATA: "C:\\Users\\ada\\AppData\\Local" };
  expect(defaultDataDir(windows, "win32", undefined, "C:\\Users\\ada")).toBe(
    "C:\\Users\\ada\\AppData\\Local\\dataset-mirror",
  );
});

test("the server's account is read from /etc/passwd, but never root's", () => {
  const passwd =
    "root:x:0:0::/root:/bin/sh\nnobody:*:-2:-2::/:/bin/false\npostgres:x:101:104:::\ntoor:x:0:0:::\n";
  expect(accountIn(passwd, "postgres")).toEqual({ uid: 101, gid: 104 });
  expect(accountIn(passwd, "nobody")).toEqual({ uid: 4_294_967_294, gid: 4_294_967_294 });
  expect(accountIn(passwd, "toor")).toBeUndefined();
  expect(accountIn(passwd, "nope")).toBeUndefined();
});

async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes("/runtime-")) continue;
    if ((await readFile(path)).includes(text)) found.push(path.slice(folder.length + 1));
  }
  return found;
}
