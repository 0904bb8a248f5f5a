import { Command } from "commander";

import { quotable } from "../core/text.ts";
import { holderName } from "../daemon.ts";
import { countRows, forgetSource } from "../mirror/forget.ts";
import type { RowCounts } from "../mirror/forget.ts";
import { formatCount } from "../ops/format.ts";
import { openExistingStore, setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
SOURCE is the SOURCE_NAME under which the account was mirrored. Without --yes it only says what it would delete, and ends
with 1. An account that a service is mirroring cannot be forgotten: stop the service first.

Example:
  dataset-mirror forget sandbox --yes`;

/** `forget`: takes one account out of the mirror. */
export function forgetCommand(terminal: Terminal): Command {
  return new Command("forget")
    .description("delete one account and everything that is known of it from the mirror")
    .argument("<source>", "name of the account in the mirror")
    .option("--yes", "delete it")
    .addHelpText("after", HELP)
    .action(async (source: string, { yes = false }: { yes?: boolean }) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openExistingStore(config, around);
      const { db } = store.database;
      const name = quotable(source);
      if (yes) {
        const counts = await forgetSource(db, source, holderName(around));
        terminal.stdout.write(`forgot ${name}: ${describe(counts)}\n`);
        return;
      }
      const counts = await countRows(db, source);
      terminal.stdout.write(`this would delete ${name}: ${describe(counts)}\nAdd --yes to do it.\n`);
      terminal.exit(1);
    });
}

function describe(counts: RowCounts): string {
  const tables = [...counts].map(([table, count]) => `${formatCount(count)} of ${table}`);
  return tables.length === 0 ? "no rows" : tables.join(", ");
}
