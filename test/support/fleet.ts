import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/start.ts";
import type { Ask } from "./ledger.ts";
import { createTestDatabase } from "./postgres.ts";
import { startProgram } from "./process.ts";
import type { RunningProgram } from "./process.ts";
import { query } from "./query.ts";

export type AccountEntry = Readonly<Record<string, unknown>> & { readonly name: string };

/** Accounts in sandboxes, a file that lists them, and a database for all of them. */
export interface FleetWorld extends AsyncDisposable {
  readonly sandboxes: ReadonlyMap<string, Sandbox>;
  readonly databaseUrl: string;
  readonly file: string;
  readonly entries: readonly AccountEntry[];
  readonly env: Readonly<Record<string, string>>;
  readonly ask: Ask;
  /** Starts a process of the fleet, which ends with the world. */
  start(env?: Readonly<Record<string, string>>): RunningProgram;
  writeAccounts(entries: readonly AccountEntry[]): Promise<void>;
}

/** `accounts`: their names, and how their sandboxes are. */
export async function openFleetWorld(
  accounts: Readonly<Record<string, SandboxOptions>>,
  env: Readonly<Record<string, string>> = {},
  database?: string,
): Promise<FleetWorld> {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = database ?? stack.use(await createTestDatabase()).url;
  const folder = await mkdtemp(join(tmpdir(), "fleet-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, "accounts.json");
  const sandboxes = new Map<string, Sandbox>();
  const entries: AccountEntry[] = [];
  for (const [name, options] of Object.entries(accounts)) {
    const sandbox = stack.use(
      await startSandbox({ token: `token-of-account-${entries.length}`, ...options }),
    );
    const tokenFile = join(folder, `token-${entries.length}`);
    await writeFile(tokenFile, sandbox.token);
    sandboxes.set(name, sandbox);
    entries.push({ name, tokenFile, apiBaseUrl: sandbox.url });
  }
  const writeAccounts = (all: readonly AccountEntry[]) => writeFile(file, JSON.stringify(all));
  await writeAccounts(entries);
  const all = {
    ...{ ACCOUNTS_FILE: file, DATABASE_URL: databaseUrl, HTTP_PORT: "0", SYNC_CRON: "*/2 * * * * *" },
    ...{ LOOKBACK: "1s", REMOVAL_GRACE: "0s", LOG_FORMAT: "json", ...env },
  };
  const owned = stack.move();
  return {
    ...{ sandboxes, databaseUrl, file, entries, env: all, writeAccounts },
    ask: (text, values) => query(databaseUrl, text, values),
    start(more = {}) {
      const program = startProgram(["start"], { ...all, ...more });
      owned.defer(async () => {
        program.kill("SIGKILL");
        await program.ended;
      });
      return program;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where a process serves its pages. */
export async function pagesOf(program: RunningProgram): Promise<string> {
  await program.printed(/"url":"[^"]+"/);
  return /"url":"([^"]+)"/.exec(program.output())?.[1] ?? "";
}
