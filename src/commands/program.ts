import { Command } from "commander";

import { VERSION } from "../version.ts";
import { demoCommand } from "./demo.ts";
import { forgetCommand } from "./forget.ts";
import { grantCommand } from "./grant.ts";
import { migrateCommand } from "./migrate.ts";
import { psqlCommand } from "./psql.ts";
import { sandboxCommand } from "./sandbox.ts";
import { serveCommand } from "./serve.ts";
import { startCommand } from "./start.ts";
import { statusCommand } from "./status.ts";
import { syncCommand } from "./sync.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Examples:
  dataset-mirror demo --once                    see it work, without an account
  APIFY_TOKEN=... dataset-mirror sync           one pass into the embedded Postgres
  APIFY_TOKEN=... DATABASE_URL=postgres://... dataset-mirror start
  dataset-mirror status --json

It is configured by environment variables or a file .env; README.md lists them.`;

/** The command line. Parsing throws a CommanderError once a usage error or the help has been printed. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("dataset-mirror")
    .description("Keeps a Postgres table equal to the list of datasets of an Apify account.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(add --help to see what it takes)")
    .addHelpText("after", HELP);
  const commands = [
    startCommand(terminal),
    serveCommand(terminal),
    syncCommand(terminal),
    statusCommand(terminal),
    migrateCommand(terminal),
    psqlCommand(terminal),
    forgetCommand(terminal),
    grantCommand(terminal),
    sandboxCommand(terminal),
    demoCommand(terminal),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  return program;
}
