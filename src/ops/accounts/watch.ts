import type { Clock } from "../../core/clock.ts";
import type { Database } from "../../mirror/database.ts";
import { requireCurrentSchema } from "../../mirror/migrate.ts";
import { readStatuses } from "../../mirror/status.ts";
import type { AccountStatus } from "../../mirror/status.ts";
import { unreadable } from "../account-watch.ts";
import { cached } from "../cached.ts";
import type { StatusReport } from "../status-report.ts";
import type { Verdict } from "../verdict.ts";
import { RUNS_OF_EACH, accountReports } from "./reports.ts";
import type { Member } from "./reports.ts";

export interface AccountsWatchOptions {
  readonly database: Database;
  readonly isEmbedded: boolean;
  readonly clock: Clock;
  /** The accounts as they are configured now. */
  readonly members: () => readonly Member[];
}

export interface AccountsObservation {
  /** The worst first; null while the mirror cannot be read. */
  readonly reports: readonly StatusReport[] | null;
  /** Why it cannot be read; null if it can. */
  readonly trouble: Verdict | null;
}

/** All accounts, read once for everybody who asks within some seconds. */
export interface AccountsWatch {
  readonly options: AccountsWatchOptions;
  /** Never throws. */
  observe(): Promise<AccountsObservation>;
}

const KEEP_MS = 2000;
const WAIT_MS = 10_000;
/** Accounts that are read with one statement. */
const READ_TOGETHER = 500;

export function watchAccounts(options: AccountsWatchOptions): AccountsWatch {
  const { clock, isEmbedded, members } = options;
  const read = cached({
    ...{ what: "read the status of all accounts", read: () => readAll(options), clock },
    ...{ keepMs: KEEP_MS, waitMs: WAIT_MS },
  });
  return {
    options,
    observe: () =>
      read().then(
        (statuses) => ({
          reports: accountReports(statuses, members(), { embedded: isEmbedded, now: clock.now() }),
          trouble: null,
        }),
        (error: unknown) => ({ reports: null, trouble: unreadable(error) }),
      ),
  };
}

async function readAll({ database: { db }, members }: AccountsWatchOptions): Promise<AccountStatus[]> {
  await requireCurrentSchema(db);
  const names = members().map(({ source }) => source);
  const statuses: AccountStatus[] = [];
  for (let from = 0; from < names.length; from += READ_TOGETHER) {
    statuses.push(...(await readStatuses(db, names.slice(from, from + READ_TOGETHER), RUNS_OF_EACH)));
  }
  return statuses;
}
