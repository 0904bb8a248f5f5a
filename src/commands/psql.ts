import { spawn } from "node:child_process";
import { once } from "node:events";

import { Command } from "commander";

import { OperatorError, codeOf } from "../core/errors.ts";
import { openStore } from "../daemon.ts";
import { setUp } from "./setup.ts";
import type { ExitCode, Terminal } from "./terminal.ts";

const HELP = `
The embedded database is started for it if it is not running. Ends with psql's exit code.

Examples:
  dataset-mirror psql
  dataset-mirror psql -- -c 'select count(*) from live_datasets'`;

/** `psql`: a session on the mirror's database. */
export function psqlCommand(terminal: Terminal): Command {
  return new Command("psql")
    .description("open psql on the mirror's database, with its schemas in the search path")
    .argument("[args...]", "arguments of psql, after --")
    .addHelpText("after", HELP)
    .action(async (args: string[]) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openStore(config, around);
      const url = config.database.kind === "external" ? config.database.url : (store.embedded?.url ?? "");
      terminal.exit(await runPsql(url, args, terminal));
    });
}

async function runPsql(url: string, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { signal } = terminal;
  const target = psqlTarget(url);
  const options = [terminal.env["PGOPTIONS"], "-c search_path=apify_bi,apify"].filter(Boolean).join(" ");
  // Ctrl-C cancels a statement in psql, and must not end this process with the server under it.
  terminal.leaveInterrupts();
  const child = spawn("psql", [target.url, ...args], {
    env: { ...terminal.env, ...target.env, PGOPTIONS: options },
    stdio: "inherit",
    signal,
  });
  try {
    const [code]: unknown[] = await once(child, "exit");
    return code === 0 || code === 2 || code === 3 ? code : 1;
  } catch (cause) {
    signal.throwIfAborted();
    if (codeOf(cause) !== "ENOENT") throw cause;
    throw new OperatorError("psql is not installed, or not on the PATH", {
      hint: "Install PostgreSQL's client programs: apt install postgresql-client, or brew install libpq. The embedded database brings none.",
      cause,
    });
  }
}

/** What psql is given: the password by its environment, since any user of the machine sees the arguments of a program. */
export function psqlTarget(url: string): { url: string; env: Record<string, string> } {
  const env: Record<string, string> = {};
  const withoutPassword = url.replace(
    /^(\w+:\/\/[^:@/?]*):([^@/?]*)@/,
    (_all, start: string, password: string) => {
      env["PGPASSWORD"] = decodeURIComponent(password);
      return `${start}@`;
    },
  );
  const [address = "", query = ""] = withoutPassword.split("?", 2);
  const kept = new URLSearchParams(query);
  for (const [name, variable] of [
    ["password", "PGPASSWORD"],
    ["require_auth", "PGREQUIREAUTH"],
  ] as const) {
    const value = kept.get(name);
    // psql before version 16 refuses to know the parameter require_auth, but not its variable.
    if (value !== null) env[variable] = value;
    kept.delete(name);
  }
  // Known to pg alone.
  kept.delete("uselibpqcompat");
  return { url: kept.size === 0 ? address : `${address}?${String(kept).replaceAll("+", "%20")}`, env };
}
