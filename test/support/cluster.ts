import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { vi } from "vitest";

import { createTestHome, open } from "./embedded.ts";
import { query } from "./query.ts";

/** A server of the test's own, which may be stopped and started while a service uses it. */
export interface TestCluster extends AsyncDisposable {
  /** A new, empty database with a role of its own that may make a schema in it and is no superuser. */
  createDatabase(): Promise<ClusterDatabase>;
  /** `fast`: connections are told so; `immediate`: as in a crash. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Postgres's own folder. */
  readonly dataFolder: string;
  /** What the server wrote to its log so far. */
  log(): Promise<string>;
}

export interface ClusterDatabase {
  readonly name: string;
  readonly role: string;
  /** As the role. */
  readonly url: string;
  /** As a superuser. */
  readonly adminUrl: string;
  /** Runs a statement as a superuser; `$db` and `$role` stand for the names. */
  alter(statement: string): Promise<void>;
  /** Ends the role's connections: what was altered for role or database holds from the next one on. */
  disconnect(): Promise<void>;
}

const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT" } as const;

export async function startTestCluster(settings: readonly string[] = []): Promise<TestCluster> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await createTestHome());
  const server = stack.use(
    await open(home, { settings: ["fsync=off", "log_line_prefix=%e %d ", ...settings] }),
  );
  const owned = stack.move();
  return {
    createDatabase: () => createDatabase(server.url),
    start: () => server.ensureRunning(),
    dataFolder: join(home.dataDir, "cluster/data"),
    log: () => readFile(join(home.dataDir, "cluster/server.log"), "utf8"),
    async stop(mode) {
      const pid = await home.postmasterPid();
      if (pid === undefined) return;
      process.kill(pid, SIGNALS[mode]);
      await vi.waitFor(() => {
        if (isThere(pid)) throw new Error("the server still runs");
      }, 20_000);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function createDatabase(serverUrl: string): Promise<ClusterDatabase> {
  const role = `role_${randomUUID().replaceAll("-", "")}`;
  const name = role.replace("role", "db");
  const password = randomUUID();
  await query(serverUrl, `create role ${role} login password '${password}'`);
  await query(serverUrl, `create database ${name} owner ${role}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  const adminUrl = url.href;
  [url.username, url.password] = [role, password];
  const alter = async (statement: string) => {
    await query(adminUrl, statement.replaceAll("$db", name).replaceAll("$role", role));
  };
  return {
    ...{ name, role, adminUrl, alter },
    url: url.href,
    disconnect: () => alter("select pg_terminate_backend(pid) from pg_stat_activity where usename = '$role'"),
  };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
