import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Client } from "pg";
import { afterAll, vi } from "vitest";

import { type EmbeddedDatabase, type EmbeddedOptions, openEmbedded } from "../../src/mirror/embedded.ts";
import { silentLog } from "./silent-log.ts";

/** A data folder of the test's own. */
export interface TestHome extends AsyncDisposable {
  /** In a folder that every account can enter. */
  readonly dataDir: string;
  /** Where bin, lib and share of Postgres are. */
  programs(): Promise<string>;
  /** The server's process number, from its own file. */
  postmasterPid(): Promise<number | undefined>;
  /** Resolves when no server runs. */
  stopped(): Promise<void>;
}

/** A data folder in which a server has run once and has been stopped. */
export async function createTestHome(): Promise<TestHome> {
  const home = await createHomeWithPrograms();
  await promisify(execFile)("cp", ["-a", join((await template()).dataDir, "cluster"), home.dataDir]);
  return home;
}

/** A data folder without a database. */
export async function createHomeWithPrograms(): Promise<TestHome> {
  const home = await createEmptyHome();
  const source = await (await template()).programs();
  await mkdir(home.dataDir);
  await chmod(home.dataDir, 0o711);
  await symlink(source, join(home.dataDir, basename(source)));
  return home;
}

/** Made once for a test file, since initdb takes as long as ten starts. */
function template(): Promise<TestHome> {
  made ??= createEmptyHome().then(async (home) => {
    await (await open(home))[Symbol.asyncDispose]();
    return home;
  });
  return made;
}

let made: Promise<TestHome> | undefined;
afterAll(async () => {
  await (await made)?.[Symbol.asyncDispose]();
});

/** A data folder that does not exist yet, and may be created by an account. */
export async function createEmptyHome(owner?: { uid: number; gid: number }): Promise<TestHome> {
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-test-"));
  await chmod(folder, 0o711);
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const dataDir = join(folder, "data");
  const postmasterPid = async () => {
    const text = await readFile(join(dataDir, "cluster/data/postmaster.pid"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : Number.parseInt(text, 10);
  };
  return {
    dataDir,
    async programs() {
      const name = (await readdir(dataDir)).find((each) => each.startsWith("runtime-"));
      return join(dataDir, name ?? "no runtime");
    },
    postmasterPid,
    stopped: () =>
      vi.waitFor(async () => {
        if ((await postmasterPid()) !== undefined) throw new Error("the server still runs");
      }, 20_000),
    async [Symbol.asyncDispose]() {
      const pid = await postmasterPid();
      if (pid !== undefined && pid !== process.pid) killIfThere(pid);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export async function open(
  home: Pick<TestHome, "dataDir">,
  options: Partial<EmbeddedOptions> = {},
): Promise<EmbeddedDatabase> {
  return openEmbedded({
    dataDir: home.dataDir,
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
    parent: process,
    signal: new AbortController().signal,
    settings: ["fsync=off"],
    ...options,
  });
}

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Resolves with the line of JSON that it prints when the database is open. */
  opened(): Promise<{ url: string; port: number }>;
}

export interface ChildOptions {
  readonly account?: { readonly uid: number; readonly gid: number };
  /** How it ends by itself; otherwise it stays until SIGTERM. */
  readonly end?: "exit-while-starting" | "out-of-memory" | "throw";
}

/** A process of its own that opens the database. */
export function openInChild(home: TestHome, { account, end }: ChildOptions = {}): Child {
  const script = fileURLToPath(new URL("embedded-child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--max-old-space-size=64", script, home.dataDir, end ?? ""], {
    ...account,
    stdio: ["ignore", "pipe", end === undefined ? "inherit" : "ignore"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "exit");
  return {
    process: child,
    opened: () => vi.waitFor(() => JSON.parse(output), { timeout: 60_000, interval: 20 }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A port of 127.0.0.1 that was free just now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The first column of the first row. */
export async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<unknown[]>({ text: query, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The file was stale.
  }
}
