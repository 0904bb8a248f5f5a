import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Client } from "pg";

import { type EmbeddedDatabase, type EmbeddedOptions, openEmbedded } from "../../src/mirror/embedded.ts";
import { silentLog } from "./silent-log.ts";

export interface TestHome extends AsyncDisposable {
  /** Does not exist yet; in a folder that every account can enter. */
  readonly dataDir: string;
  /** The server's process number, from its own file. */
  postmasterPid(): Promise<number | undefined>;
}

export async function createTestHome(owner?: { uid: number; gid: number }): Promise<TestHome> {
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
    postmasterPid,
    async [Symbol.asyncDispose]() {
      const pid = await postmasterPid();
      if (pid !== undefined && pid !== process.pid) killIfThere(pid);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export async function open(
  home: TestHome,
  options: Partial<EmbeddedOptions> = {},
): Promise<EmbeddedDatabase> {
  return openEmbedded({
    dataDir: home.dataDir,
    port: 0,
    role: "owner",
    log: silentLog,
    host: process,
    settings: ["fsync=off"],
    ...options,
  });
}

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What it printed so far. */
  output(): string;
}

/** A process of its own that opens the database as owner, prints its answer as a line of JSON, and stays. */
export function openInChild(home: TestHome, account: { uid?: number; gid?: number } = {}): Child {
  const script = fileURLToPath(new URL("embedded-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, home.dataDir], {
    ...account,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "exit");
  return {
    process: child,
    output: () => output,
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
