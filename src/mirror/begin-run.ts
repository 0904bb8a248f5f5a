import { sql } from "drizzle-orm";

import { OVERLAP_MIN, START } from "../core/cursor.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";
import { takeLease } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { readState } from "./state.ts";
import type { FullPass, SourceState } from "./state.ts";

export type Kind = "incremental" | "full";
export type Trigger = "startup" | "schedule" | "manual";

/** What of an account is mirrored; another scope is another list, so its cursors start anew. */
export interface Scope {
  readonly baseUrl: string;
  readonly unnamed: boolean;
  readonly ownership: string | null;
}

export interface RunRequest {
  readonly source: string;
  readonly scope: Scope;
  /** Chosen by the state of the mirror, since an empty one begins with a full pass. */
  readonly choose: (state: SourceState) => Kind;
  readonly trigger: Trigger;
  readonly holder: string;
  /** Take the lease from a service that is between two runs. */
  readonly preempt: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A run that has begun: its row is written, the lease is held. */
export interface Run {
  readonly id: number;
  readonly kind: Kind;
  readonly lease: Lease;
  readonly state: SourceState;
  /** The pass this run begins or goes on with; null for an incremental one. */
  readonly pass: FullPass | null;
}

export interface Held {
  readonly heldBy: string;
}

/** Takes the lease, closes what a crash left running, and writes the row of a new run: all or nothing. */
export async function beginRun(db: Db, request: RunRequest): Promise<Run | Held> {
  const { source, holder, preempt } = request;
  return inDatabase("begin a run", () =>
    transact(db, async (tx) => {
      await ensureSource(tx, source, request.scope);
      const lease = await takeLease(tx, source, holder, preempt);
      if (lease === null) return { heldBy: await holderOf(tx, source) };
      await adoptScope(tx, source, request.scope);
      await abandonRuns(tx, source, request.now);
      const state = await readState(tx, source);
      const kind = request.choose(state);
      const id = await insertRun(tx, request, kind);
      const pass = kind === "full" ? (state.full ?? (await beginPass(tx, source, id, request.now))) : null;
      return { id, kind, lease, state, pass };
    }),
  );
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

/** Only under the lease: another process with another scope must not have its cursors taken away. */
async function adoptScope(
  tx: Executor,
  source: string,
  { baseUrl, unnamed, ownership }: Scope,
): Promise<void> {
  await tx.execute(sql`
    update apify.sources set
      base_url = ${baseUrl}, unnamed = ${unnamed}, ownership = ${ownership}, remote_total = null,
      incremental_offset = 0, incremental_anchor_id = null, incremental_anchor_created_at = null,
      incremental_overlap = ${OVERLAP_MIN}, full_pass = null, last_full_pass_at = null
    where name = ${source}
      and (base_url, unnamed, ownership) is distinct from (${baseUrl}, ${unnamed}::boolean, ${ownership}::text)`);
}

async function holderOf(tx: Executor, source: string): Promise<string> {
  const { rows } = await tx.execute<{ lease_holder: string | null }>(
    sql`select lease_holder from apify.sources where name = ${source}`,
  );
  return rows[0]?.lease_holder ?? "another process";
}

/** Only the holder of the lease runs, so whatever else says `running` has died. */
async function abandonRuns(tx: Executor, source: string, now: number): Promise<void> {
  await tx.execute(sql`
    update apify.sync_runs set status = 'abandoned', finished_at = to_timestamp(${now} / 1000.0),
      error = 'the process ended without closing the run; what it had committed stands'
    where source = ${source} and status = 'running'`);
}

async function insertRun(tx: Executor, { source, trigger, now }: RunRequest, kind: Kind): Promise<number> {
  const { rows } = await tx.execute(sql`
    insert into apify.sync_runs (source, kind, trigger, status, started_at)
    values (${source}, ${kind}, ${trigger}, 'running', to_timestamp(${now} / 1000.0))
    returning id::float8`);
  return Number(rows[0]?.["id"]);
}

async function beginPass(tx: Executor, source: string, id: number, now: number): Promise<FullPass> {
  await tx.execute(sql`
    update apify.sources set full_pass = ${id}, full_pass_started_at = to_timestamp(${now} / 1000.0),
      full_pass_flawless = true, full_offset = 0, full_anchor_id = null, full_anchor_created_at = null
    where name = ${source}`);
  return { id, startedAt: now, cursor: START, provesAbsence: true };
}
