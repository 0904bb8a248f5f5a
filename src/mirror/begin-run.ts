import { sql } from "drizzle-orm";

import { OVERLAP_MIN, START } from "../core/cursor.ts";
import type { BrakeRule } from "./brake.ts";
import { epochMs } from "./database-clock.ts";
import type { DatabaseClock } from "./database-clock.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";
import { LeaseLostError, takeLease } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { readState } from "./state.ts";
import type { FullPass, SourceState } from "./state.ts";

export type Kind = "incremental" | "named" | "full";
export type Trigger = "startup" | "schedule" | "manual";

/** What of an account is mirrored; another scope is another list, so its cursors start over. */
export interface Scope {
  readonly baseUrl: string;
  readonly unnamed: boolean;
  readonly ownership: string | null;
}

/** When rows leave the live list, and the mirror. */
export interface AbsenceRule {
  /** Milliseconds between two proofs of a row's absence before it is removed. */
  readonly graceMs: number;
  readonly brake: BrakeRule;
}

export interface RunRequest {
  readonly source: string;
  readonly scope: Scope;
  readonly kind: Kind;
  /** Resume a full pass that was stopped and is younger than this, milliseconds; an older one starts over. */
  readonly resumeMsMax: number;
  readonly trigger: Trigger;
  readonly holder: string;
  /** Take the lease from a service that is between two runs. */
  readonly preempt: boolean;
  /** The lease of the run that this one interrupts for a moment; null for a run of its own. */
  readonly within: Lease | null;
  readonly rule: AbsenceRule;
}

/** A run that has begun: its row is written, the lease is held. */
export interface Run {
  readonly id: number;
  /** An empty mirror, or one of another scope, begins with a full pass whatever was asked for. */
  readonly kind: Kind;
  readonly lease: Lease;
  readonly state: SourceState;
  /** The pass this run begins or resumes; null for a run of another kind. */
  readonly pass: FullPass | null;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly startedAt: number;
  readonly scope: Scope;
  /** The stored cursors are those of another scope: they are replaced once this one has answered. */
  readonly adoptsScope: boolean;
  readonly rule: AbsenceRule;
  readonly clock: DatabaseClock;
  readonly isNested: boolean;
}

export interface Held {
  readonly heldBy: string;
}

/** Takes the lease, closes what a crash left running, and writes the row of a new run: all or nothing. */
export async function beginRun(db: Db, clock: DatabaseClock, request: RunRequest): Promise<Run | Held> {
  const { source, scope, rule, within } = request;
  return inDatabase("begin a run", () =>
    transact(db, async (tx) => {
      await ensureSource(tx, source, scope);
      const lease = within === null ? await leaseFor(tx, clock, request) : await checkLease(tx, within);
      if (lease === null) return { heldBy: await holderOf(tx, source) };
      const adoptsScope = await isOtherScope(tx, source, scope);
      const state = await readState(tx, source);
      const isNew =
        adoptsScope || (state.incremental.cursor.anchor === null && state.lastFullPassAt === null);
      const kind = isNew ? "full" : request.kind;
      const { id, startedAt } = await insertRun(tx, clock, request, kind);
      const pass = kind === "full" ? passOf(request, adoptsScope ? null : state.full, id, startedAt) : null;
      const isNested = within !== null;
      return { id, kind, lease, state, pass, startedAt, scope, adoptsScope, rule, clock, isNested };
    }),
  );
}

/** A resumed pass reads on at its cursor, so what it proved before must not be older than its schedule allows. */
function passOf(
  { resumeMsMax, rule }: RunRequest,
  open: FullPass | null,
  id: number,
  startedAt: number,
): FullPass {
  const isResumed = open !== null && startedAt - open.startedAt < resumeMsMax && !rule.brake.accept;
  return isResumed ? open : { id, startedAt, cursor: START, rejected: 0 };
}

async function leaseFor(
  tx: Executor,
  clock: DatabaseClock,
  { source, holder, preempt }: RunRequest,
): Promise<Lease | null> {
  const lease = await takeLease(tx, source, holder, preempt);
  if (lease !== null) await abandonRuns(tx, clock, source);
  return lease;
}

async function checkLease(tx: Executor, lease: Lease): Promise<Lease> {
  const { rows } = await tx.execute(sql`
    select 1 from apify.sources where name = ${lease.source} and lease_fence = ${lease.fence}
      and lease_expires_at > clock_timestamp() for update`);
  if (rows.length === 0) throw new LeaseLostError(lease.source);
  return lease;
}

async function ensureSource(
  tx: Executor,
  source: string,
  { baseUrl, unnamed, ownership }: Scope,
): Promise<void> {
  await tx.execute(sql`
    insert into apify.sources (name, base_url, unnamed, ownership, incremental_overlap)
    values (${source}, ${baseUrl}, ${unnamed}, ${ownership}, ${OVERLAP_MIN})
    on conflict (name) do nothing`);
}

async function isOtherScope(
  tx: Executor,
  source: string,
  { baseUrl, unnamed, ownership }: Scope,
): Promise<boolean> {
  const { rows } = await tx.execute<{ differs: boolean }>(sql`
    select (base_url, unnamed, ownership) is distinct from (${baseUrl}, ${unnamed}::boolean, ${ownership}::text) as differs
    from apify.sources where name = ${source}`);
  return rows[0]?.differs === true;
}

export async function holderOf(tx: Executor, source: string): Promise<string> {
  const { rows } = await tx.execute<{ lease_holder: string | null }>(
    sql`select lease_holder from apify.sources where name = ${source}`,
  );
  return rows[0]?.lease_holder ?? "another process";
}

/** Only the holder of the lease runs, so whatever else says `running` has died. */
async function abandonRuns(tx: Executor, clock: DatabaseClock, source: string): Promise<void> {
  await tx.execute(sql`
    update apify.sync_runs set status = 'abandoned', finished_at = ${clock()},
      error = 'the process ended without closing the run; what it had committed stands'
    where source = ${source} and status = 'running'`);
}

async function insertRun(
  tx: Executor,
  clock: DatabaseClock,
  { source, trigger }: RunRequest,
  kind: Kind,
): Promise<{ id: number; startedAt: number }> {
  const { rows } = await tx.execute<{ id: number; started_ms: number }>(sql`
    insert into apify.sync_runs (source, kind, trigger, status, started_at)
    values (${source}, ${kind}, ${trigger}, 'running', ${clock()})
    returning id::float8, ${epochMs(sql`started_at`)} as started_ms`);
  const row = rows[0];
  if (row === undefined) throw new Error("a run was not inserted");
  return { id: row.id, startedAt: row.started_ms };
}
