import { sql } from "drizzle-orm";

import type { Cursor } from "../core/cursor.ts";
import type { FullPass } from "./state.ts";
import type { Run } from "./begin-run.ts";
import { PagesLostError } from "./page-commit.ts";
import type { Traffic } from "./page-commit.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";
import { LeaseLostError, returnLease } from "./lease.ts";

export type Status = "succeeded" | "failed" | "interrupted" | "suspicious";

/** When a full pass may remove what it found absent. */
export interface RemovalRule {
  /** Milliseconds an absence must last. */
  readonly graceMs: number;
  /** Share of the live rows, 0 to 1, above which a pass removes nothing. */
  readonly brake: number;
  /** A person looked at a suspicious pass and lets it through. */
  readonly accept: boolean;
}

export interface Ending {
  readonly status: Status;
  readonly error: string | null;
  /** Pages of this run that were committed; a success is concluded from them, so they must still be there. */
  readonly pages: number;
  /** The end of the list was reached and proven, by pages without a flaw. */
  readonly complete: boolean;
  /** A full pass that read to the end of the list: the cursor incremental passes go on from. */
  readonly passEnd: { readonly incremental: Cursor; readonly rule: RemovalRule } | null;
  readonly traffic: Traffic;
  /** Keep the lease until the next run. */
  readonly keepLease: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Outcome {
  readonly status: Status;
  readonly removed: number;
  readonly error: string | null;
}

/** Few rows may always go: a brake in a small account would otherwise stop at every clean-up. */
const REMOVALS_UNBRAKED = 100;

/**
 * Ends a run: removals of a complete full pass, the run's row and the lease, all in one transaction, which waits for the
 * disk as the pages did not. Throws PagesLostError when a crash has taken back pages that a success rests on.
 */
export async function endRun(db: Db, run: Run, ending: Ending): Promise<Outcome> {
  return inDatabase("end a run", () =>
    transact(db, async (tx) => {
      const closed = await checkHolder(tx, run, ending);
      if (closed !== null) return closed;
      const outcome = await endPass(tx, run, ending);
      await closeRun(tx, run, ending, outcome);
      await returnLease(tx, run.lease, ending.keepLease);
      return outcome;
    }),
  );
}

/** Returns how the run ended if it has: its transaction was committed and only the answer was lost. */
async function checkHolder(
  tx: Executor,
  { id, lease }: Run,
  { status, pages }: Ending,
): Promise<Outcome | null> {
  const { rows } = await tx.execute<{
    status: string;
    pages: number;
    removed: number;
    error: string | null;
    holds: boolean;
  }>(sql`
    select r.status, r.pages::float8, r.removed::float8, r.error, s.lease_fence = ${lease.fence} as holds
    from apify.sources s join apify.sync_runs r on r.id = ${id}
    where s.name = ${lease.source} for update of s`);
  const run = rows[0];
  if (run !== undefined && isEnd(run.status)) {
    return { status: run.status, removed: run.removed, error: run.error };
  }
  if (run === undefined || !run.holds) throw new LeaseLostError(lease.source);
  if (status === "succeeded" && run.pages < pages) throw new PagesLostError(pages - run.pages);
  return null;
}

/** How a run is ended by its own process; `abandoned` is another one's word. */
function isEnd(status: string): status is Status {
  return ["succeeded", "failed", "interrupted", "suspicious"].includes(status);
}

async function endPass(tx: Executor, { pass, lease }: Run, ending: Ending): Promise<Outcome> {
  const { status, error, passEnd, complete, now } = ending;
  if (pass === null || passEnd === null) return { status, error, removed: 0 };
  const outcome = complete
    ? await remove(tx, lease.source, pass, passEnd.rule, now)
    : { status, error, removed: 0 };
  const isProven = complete && outcome.status === "succeeded";
  const { offset, anchor } = passEnd.incremental;
  await tx.execute(sql`
    update apify.sources set full_pass = null, incremental_offset = ${offset},
      incremental_anchor_id = ${anchor?.id ?? null},
      incremental_anchor_created_at = ${anchor === null ? sql`null` : sql`to_timestamp(${anchor.createdAt} / 1000.0)`},
      last_full_pass_at = case when ${isProven} then to_timestamp(${now} / 1000.0) else last_full_pass_at end
    where name = ${lease.source}`);
  return outcome;
}

/**
 * Absent in this pass, which began when the absence had lasted for the grace already. Measured to the end of the pass
 * a dataset that was away for a moment while a slow pass ran would look gone.
 */
async function remove(
  tx: Executor,
  source: string,
  pass: FullPass,
  rule: RemovalRule,
  now: number,
): Promise<Outcome> {
  const due = sql`source = ${source} and absent_pass = ${pass.id} and removed_at is null and missing_since is not null
    and missing_since < to_timestamp(${pass.startedAt} / 1000.0)
    and missing_since <= to_timestamp(${pass.startedAt - rule.graceMs} / 1000.0)`;
  const candidates = await count(tx, due);
  if (candidates > REMOVALS_UNBRAKED && !rule.accept) {
    const live = await count(tx, sql`source = ${source} and removed_at is null`);
    if (candidates > rule.brake * live)
      return { status: "suspicious", removed: 0, error: brakeReason(candidates, live) };
  }
  if (candidates > 0) {
    await tx.execute(sql`update apify.datasets set removed_at = to_timestamp(${now} / 1000.0) where ${due}`);
  }
  return { status: "succeeded", removed: candidates, error: null };
}

function brakeReason(candidates: number, live: number): string {
  return (
    `the pass would remove ${candidates} of ${live} live datasets, so it removed none: is it the token of another account? ` +
    "If they are really gone, run `dataset-mirror sync --full --accept-removals`"
  );
}

async function count(tx: Executor, condition: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await tx.execute(
    sql`select count(*)::float8 as count from apify.datasets where ${condition}`,
  );
  return Number(rows[0]?.["count"]);
}

async function closeRun(
  tx: Executor,
  { id }: Run,
  { traffic, complete, now }: Ending,
  outcome: Outcome,
): Promise<void> {
  await tx.execute(sql`
    update apify.sync_runs set
      status = ${outcome.status}, finished_at = to_timestamp(${now} / 1000.0), removed = ${outcome.removed},
      requests = ${traffic.requests}, throttled = ${traffic.throttled}, throttled_ms = ${traffic.throttledMs},
      retried = ${traffic.retried}, realigned = ${traffic.realigned}, complete = ${complete}, error = ${outcome.error}
    where id = ${id} and status = 'running'`);
}
