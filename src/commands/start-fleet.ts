import { once } from "node:events";
import { unwatchFile, watchFile } from "node:fs";

import { thisHost, toConfig } from "../config.ts";
import type { FleetConfig } from "../config/build.ts";
import { openFleet } from "../daemon/fleet.ts";
import type { FleetService } from "../daemon/fleet.ts";
import { accessTo } from "./access.ts";
import type { AccountsSetup } from "./setup.ts";
import { commandLine } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** How often the file is looked at. */
const LOOK_MS = 2000;

/** `start` with ACCOUNTS_FILE: this process's part of the fleet, until the terminal's signal aborts. */
export async function runFleet(setup: AccountsSetup, fleet: FleetConfig, terminal: Terminal): Promise<void> {
  const { config, around } = setup;
  const { signal } = terminal;
  await using service = await openFleet(config, fleet, around);
  const { url, psql } = service;
  around.log.info({ url, accounts: fleet.accounts.length }, "the service is up");
  around.log.info(accessTo(config, psql), `query the mirror: ${commandLine(terminal, "psql")}`);
  const reload = () => readAgain(setup, terminal, service);
  using _hangup = terminal.onHangup(reload);
  watchFile(fleet.file, { interval: LOOK_MS }, reload);
  if (!signal.aborted) await once(signal, "abort");
  unwatchFile(fleet.file, reload);
  around.log.info("stopping after the pages in hand");
}

/** A file that cannot be used changes nothing. */
function readAgain(
  { around: { log }, keepSecret }: AccountsSetup,
  { env }: Terminal,
  service: FleetService,
): void {
  try {
    const { fleet, secrets } = toConfig(env, { token: "each" }, thisHost());
    if (fleet === null) return;
    keepSecret(secrets);
    service.replace(fleet.accounts);
    log.info({ accounts: fleet.accounts.length }, "the accounts were read again");
  } catch (err) {
    log.error({ err }, "the accounts stay as they were");
  }
}
