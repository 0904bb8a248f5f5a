import { Command } from "commander";

import { printableJson, quotable } from "../core/text.ts";
import type { Config } from "../config.ts";
import type { FleetConfig } from "../config/build.ts";
import { limitsOf, schedulesOf, sharedSchedules } from "../daemon/schedules.ts";
import type { MirrorStore } from "../daemon.ts";
import type { Db } from "../mirror/database.ts";
import { sourceNames } from "../mirror/forget.ts";
import { readStatus, readStatuses } from "../mirror/status.ts";
import { RUNS_OF_EACH, accountReports } from "../ops/accounts/reports.ts";
import { accountsText } from "../ops/accounts/text.ts";
import { RUNS_REPORTED, reportJson, statusReport } from "../ops/status-report.ts";
import type { StatusReport } from "../ops/status-report.ts";
import { statusText } from "../ops/status-text.ts";
import { accountOf, isColorful, openExistingStore, setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Ends with 0 when the mirror is fresh, 1 when it is stale or failing. It writes nothing: it neither creates a database nor
migrates its schema.

Examples:
  dataset-mirror status
  dataset-mirror status --json | jq .drift`;

interface Options {
  readonly json?: boolean;
  readonly account?: string;
}

/** `status`: whether the mirror is up to date and complete. Writes nothing. */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("last runs, cursor, freshness, drift; with ACCOUNTS_FILE of all accounts, the worst first")
    .option("--json", "as JSON, the same as GET /api/status")
    .option("--account <name>", "one account, instead of SOURCE_NAME or of all in ACCOUNTS_FILE")
    .addHelpText("after", HELP)
    .action(async ({ json = false, account }: Options) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openExistingStore(config, around);
      const options = { store, terminal, json, now: around.clock.now() };
      const { fleet } = config;
      if (fleet !== null && account === undefined) return await showAll(fleet, options);
      const one = fleet === null ? config : accountOf(fleet, account);
      return await showOne({ ...one, source: { ...one.source, name: account ?? one.source.name } }, options);
    });
}

interface ShowOptions {
  readonly store: MirrorStore;
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly now: number;
}

async function showOne(config: Config, { store, terminal, json, now }: ShowOptions): Promise<void> {
  const source = config.source.name;
  const { db } = store.database;
  const found = statusReport(await readStatus(db, source, RUNS_REPORTED), {
    source,
    embedded: store.embedded !== null,
    ...limitsOf(schedulesOf(config)),
    now,
  });
  const report = found.status === null ? await namingOthers(found, db) : found;
  const { env, stdout } = terminal;
  const screen = { isColorful: isColorful(env, stdout), columns: stdout.isTTY ? stdout.columns : Infinity };
  stdout.write(json ? `${printableJson(reportJson(report))}\n` : statusText(report, now, screen));
  terminal.exit(report.verdict.fresh ? 0 : 1);
}

async function showAll(
  { accounts }: FleetConfig,
  { store, terminal, json, now }: ShowOptions,
): Promise<void> {
  const shared = sharedSchedules();
  const members = accounts.map((config) => ({
    source: config.source.name,
    ...limitsOf(schedulesOf(config, shared)),
  }));
  const names = members.map(({ source }) => source);
  const statuses = await readStatuses(store.database.db, names, RUNS_OF_EACH);
  const reports = accountReports(statuses, members, { embedded: store.embedded !== null, now });
  const { env, stdout } = terminal;
  stdout.write(
    json
      ? `${printableJson(`[${reports.map(reportJson).join(",\n")}]`)}\n`
      : accountsText(reports, now, isColorful(env, stdout)),
  );
  terminal.exit(reports.every(({ verdict }) => verdict.fresh) ? 0 : 1);
}

/** Whoever asks for an account that was never mirrored may have meant another one. */
async function namingOthers(report: StatusReport, db: Db): Promise<StatusReport> {
  const names = await sourceNames(db);
  if (names.length === 0) return report;
  const hint = `Set SOURCE_NAME: this mirror holds ${names.map((name) => quotable(name)).join(", ")}.`;
  return { ...report, verdict: { ...report.verdict, hint } };
}
