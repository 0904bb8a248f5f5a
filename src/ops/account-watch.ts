import type { Clock } from "../core/clock.ts";
import { OperatorError, messageOf } from "../core/errors.ts";
import { quotable } from "../core/text.ts";
import type { Database } from "../mirror/database.ts";
import { requireCurrentSchema } from "../mirror/migrate.ts";
import { readStatus } from "../mirror/status.ts";
import { cached } from "./cached.ts";
import { tellable } from "./described-error.ts";
import { RUNS_REPORTED, statusReport } from "./status-report.ts";
import type { StatusReport } from "./status-report.ts";
import { sentence } from "./format.ts";
import type { Limits, Verdict } from "./verdict.ts";

export interface WatchOptions extends Limits {
  readonly database: Database;
  readonly source: string;
  /** This process as the lease names it. */
  readonly holder: string;
  readonly isEmbedded: boolean;
  /** The command that opens psql on the mirror. */
  readonly psql: string;
  /** When the next full pass is due, milliseconds since the epoch; null if none is. */
  readonly nextFullPass: () => number | null;
  readonly clock: Clock;
  /** What keeps the run of this process from its next page, in a few words; null if nothing does. */
  readonly trouble?: () => string | null;
}

/** The account as it was when it was last looked at. */
export interface Observation {
  readonly verdict: Verdict;
  /** Null while the mirror cannot be read: the database is away, or its schema is not this program's. */
  readonly report: StatusReport | null;
}

export interface AccountWatch {
  readonly options: WatchOptions;
  /** Never throws. Cached for a second or two and shared by all callers. */
  observe(): Promise<Observation>;
}

const KEEP_MS = 1000;
const WAIT_MS = 5000;

/** One reading of the account for health, metrics and status page together. */
export function watchAccount(options: WatchOptions): AccountWatch {
  const read = cached({
    what: "read the status",
    read: () => readAccount(options),
    clock: options.clock,
    keepMs: KEEP_MS,
    waitMs: WAIT_MS,
  });
  return {
    options,
    observe: () =>
      read().then(
        (found) => {
          const report = withTrouble(found, options.trouble?.() ?? null);
          return { verdict: report.verdict, report };
        },
        (error: unknown) => ({ verdict: unreadable(error), report: null }),
      ),
  };
}

async function readAccount({ database, isEmbedded, clock, ...options }: WatchOptions): Promise<StatusReport> {
  await requireCurrentSchema(database.db);
  const status = await readStatus(database.db, options.source, RUNS_REPORTED);
  return statusReport(status, { ...options, embedded: isEmbedded, now: clock.now() });
}

/** A run that waits for Apify says so while it does, not only once it has failed. */
function withTrouble(report: StatusReport, trouble: string | null): StatusReport {
  const run = report.status?.running ?? null;
  if (trouble === null || run === null) return report;
  const { verdict } = report;
  const cause = [`The ${run.kind} run waits for Apify: ${trouble}.`, verdict.cause].filter(Boolean).join(" ");
  return { ...report, verdict: { ...verdict, cause } };
}

export function unreadable(error: unknown): Verdict {
  const message = quotable(tellable(messageOf(error)));
  const hint = error instanceof OperatorError ? (error.hint ?? null) : null;
  return {
    ...{ state: "unreadable", level: "bad", fresh: false, hint },
    headline: "The mirror cannot be read",
    cause: sentence(message),
  };
}
