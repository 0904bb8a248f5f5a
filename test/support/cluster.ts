import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { vi } from "vitest";

import { createTestHome, open } from "./embedded.ts";
import { createRoleDatabase } from "./role-database.ts";
import type { RoleDatabase } from "./role-database.ts";

/** A server of the test's own, which may be stopped and started while a service uses it. */
export interface TestCluster extends AsyncDisposable {
  /** Goes with the cluster. */
  createDatabase(): Promise<RoleDatabase>;
  /** `fast`: connections are told so; `immediate`: as in a crash. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Postgres's own folder. */
  readonly dataFolder: string;
  /** What the server wrote to its log so far. */
  log(): Promise<string>;
}

const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT" } as const;

export async function startTestCluster(settings: readonly string[] = []): Promise<TestCluster> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await createTestHome());
  const server = stack.use(await open(home, { settings: ["fsync=off", ...settings] }));
  const owned = stack.move();
  return {
    createDatabase: () => createRoleDatabase("", server.adminUrl),
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

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
