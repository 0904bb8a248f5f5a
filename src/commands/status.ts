import { Command } from "commander";

import { printableJson, quotable } from "../core/text.ts";
import { limitsOf, schedulesOf } from "../daemon.ts";
import type { Db } from "../mirror/database.ts";
import { sourceNames } from "../mirror/forget.ts";
import { readStatus } from "../mirror/status.ts";
import { RUNS_REPORTED, reportJson, statusReport } from "../ops/status-report.ts";
import type { StatusReport } from "../ops/status-report.ts";
import { statusText } from "../ops/status-text.ts";
import { isColorful, openExistingStore, setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Ends with 0 when the mirror is fresh, 1 when it is stale or failing. It writes nothing: it neither creates a database nor
migrates its schema.

Examples:
  dataset-mirror status
  dataset-mirror status --json | jq .drift`;

/** `status`: whether the mirror is up to date and complete. Writes nothing. */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("last runs, cursor, freshness, drift")
    .option("--json", "as JSON, the same as GET /api/status")
    .addHelpText("after", HELP)
    .action(async ({ json = false }: { json?: boolean }) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openExistingStore(config, around);
      const source = config.source.name;
      const now = around.clock.now();
      const { db } = store.database;
      const found = statusReport(await readStatus(db, source, RUNS_REPORTED), {
        source,
        embedded: store.embedded !== null,
        ...limitsOf(schedulesOf(config)),
        now,
      });
      const report = found.status === null ? await namingOthers(found, db) : found;
      const { env, stdout } = terminal;
      const screen = {
        isColorful: isColorful(env, stdout),
        columns: stdout.isTTY ? stdout.columns : Infinity,
      };
      stdout.write(json ? `${printableJson(reportJson(report))}\n` : statusText(report, now, screen));
      terminal.exit(report.verdict.fresh ? 0 : 1);
    });
}

/** Whoever asks for an account that was never mirrored may have meant another one. */
async function namingOthers(report: StatusReport, db: Db): Promise<StatusReport> {
  const names = await sourceNames(db);
  if (names.length === 0) return report;
  const hint = `Set SOURCE_NAME: this mirror holds ${names.map((name) => quotable(name)).join(", ")}.`;
  return { ...report, verdict: { ...report.verdict, hint } };
}
