import { Command } from "commander";

import type { Config } from "../config.ts";
import { openStore, runContext, tidy } from "../daemon.ts";
import type { MirrorStore, ProcessContext } from "../daemon.ts";
import { OperatorError } from "../core/errors.ts";
import { summaryOf } from "../ops/summary.ts";
import type { SyncObserver } from "../sync/observer.ts";
import { runOnce } from "../sync/run.ts";
import type { RunReport } from "../sync/run-report.ts";
import { Schedule } from "../sync/schedule.ts";
import { showProgress } from "./progress.ts";
import { accountOf, setUp } from "./setup.ts";
import { commandLine } from "./terminal.ts";
import type { ExitCode, Terminal } from "./terminal.ts";

const HELP = `
Ends with 0 when the pass succeeded, 1 when it failed, was stopped or looks suspicious, 3 when another run holds the account.

Examples:
  APIFY_TOKEN=... dataset-mirror sync
  APIFY_TOKEN=... dataset-mirror sync --full
  APIFY_TOKEN=... dataset-mirror sync --full --accept-removals    after a pass that ended suspicious`;

interface Options {
  readonly full?: boolean;
  readonly acceptRemovals?: boolean;
  readonly account?: string;
}

/** `sync`: one pass. */
export function syncCommand(terminal: Terminal): Command {
  return new Command("sync")
    .description("one pass over the list, incremental unless --full")
    .option("--full", "read the whole list: refresh every row, and prove what is gone")
    .option("--accept-removals", "let REMOVAL_BRAKE pass, after a run that ended suspicious (with --full)")
    .option("--account <name>", "which account of ACCOUNTS_FILE")
    .addHelpText("after", HELP)
    .action(async ({ full = false, acceptRemovals = false, account }: Options, command: Command) => {
      if (acceptRemovals && !full)
        command.error("error: --accept-removals needs --full, which reads everything again");
      const { config: all, around } = setUp(terminal, { token: "each" });
      if (all.fleet === null && account !== undefined)
        command.error("error: --account needs ACCOUNTS_FILE; without it there is one account");
      const config = all.fleet === null ? all : accountOf(all.fleet, account);
      await using store = await openStore(config, around);
      const code = await syncOnce({ config, around, store, terminal, full, acceptRemovals });
      if (code === 0) terminal.stdout.write(`query it: ${commandLine(terminal, "psql")}\n`);
      terminal.exit(code);
    });
}

export interface OneSync {
  readonly config: Config<string>;
  readonly around: ProcessContext;
  readonly store: MirrorStore;
  readonly terminal: Terminal;
  readonly full: boolean;
  readonly acceptRemovals: boolean;
}

/** Runs one pass with a progress bar and says how it ended. */
export async function syncOnce({
  config,
  around,
  store,
  terminal,
  full,
  acceptRemovals,
}: OneSync): Promise<ExitCode> {
  await store.prepare();
  using progress = showProgress(terminal.stderr, around.clock);
  const observer: SyncObserver = {
    ...progress.observer,
    anomalyFound: (run, anomaly) => {
      progress.end();
      around.log.warn({ run: run.id }, anomaly);
    },
    runLeftOpen: (run, err) =>
      around.log.warn({ run: run.id, err }, "the run could not be closed; the next one will do it"),
  };
  const context = runContext(config, store, around, observer, { onEvent: progress.onEvent });
  const order = {
    kind: full ? "full" : "incremental",
    trigger: "manual",
    acceptRemovals,
    resumeMsMax: new Schedule(config.sync.fullCron, config.sync.timezone).intervalMs(around.clock.now()),
    preempt: true,
    within: null,
    keepLease: false,
  } as const;
  const result = await runOnce(context, order, terminal.signal);
  progress.end();
  if ("heldBy" in result) {
    terminal.stderr.write(`another run holds the account ${config.source.name}: ${result.heldBy}\n`);
    return 3;
  }
  if (result.outcome.status === "succeeded") await tidy(config, store, around.log);
  terminal.stdout.write(`${summaryOf(result)}\n`);
  return exitCodeOf(result);
}

function exitCodeOf({ outcome, cause }: RunReport): ExitCode {
  if (cause !== undefined && !(cause instanceof OperatorError) && outcome.status === "failed") throw cause;
  return outcome.status === "succeeded" ? 0 : 1;
}
