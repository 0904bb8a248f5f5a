import { sql } from "drizzle-orm";

import { START } from "../core/cursor.ts";
import type { Cursor } from "../core/cursor.ts";
import { epochMs } from "./database-clock.ts";
import type { Executor } from "./database.ts";

/** What the mirror knows of an account between two runs. */
export interface SourceState {
  readonly incremental: { readonly cursor: Cursor; readonly overlap: number; readonly rejected: number };
  /** The full pass in progress; null between passes. */
  readonly full: FullPass | null;
  /** Rows; null before the first answer. */
  readonly remoteTotal: number | null;
  /** When the last proven full pass began, milliseconds since the epoch; null if there was none. */
  readonly lastFullPassAt: number | null;
  /** User id of the account's owner; null until it was seen. */
  readonly ownerId: string | null;
  readonly reconcile: ReconcileState;
}

export interface FullPass {
  /** The id of the pass's first run. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly cursor: Cursor;
  /** Listed items up to the cursor's anchor that cannot be mirrored. */
  readonly rejected: number;
}

export interface ReconcileState {
  /** Offsets at which something was found last, the latest first. */
  readonly hints: readonly number[];
  /** The shift that remained when everything was looked at. */
  readonly remainder: number;
}

/** Reads the state of an account, which must exist. */
export async function readState(db: Executor, source: string): Promise<SourceState> {
  const { rows } = await db.execute<StateRow>(sql`
    select incremental_offset::float8, incremental_anchor_id, incremental_overlap, incremental_rejected::float8,
      ${epochMs(sql`incremental_anchor_created_at`)} as incremental_anchor_ms,
      full_pass::float8, ${epochMs(sql`full_pass_started_at`)} as full_pass_ms, full_rejected::float8,
      full_offset::float8, full_anchor_id, ${epochMs(sql`full_anchor_created_at`)} as full_anchor_ms,
      remote_total::float8, ${epochMs(sql`last_full_pass_at`)} as last_full_pass_ms, owner_id,
      array_to_json(reconcile_hints) as reconcile_hints, reconcile_remainder::float8
    from apify.sources where name = ${source}`);
  const row = rows[0];
  if (row === undefined) throw new Error(`no source ${source}`);
  return {
    incremental: {
      cursor: cursorOf(row.incremental_offset, row.incremental_anchor_id, row.incremental_anchor_ms),
      overlap: row.incremental_overlap,
      rejected: row.incremental_rejected,
    },
    full: fullPassOf(row),
    remoteTotal: row.remote_total,
    lastFullPassAt: row.last_full_pass_ms,
    ownerId: row.owner_id,
    reconcile: { hints: row.reconcile_hints, remainder: row.reconcile_remainder },
  };
}

interface StateRow extends Record<string, unknown> {
  incremental_offset: number;
  incremental_anchor_id: string | null;
  incremental_anchor_ms: number | null;
  incremental_overlap: number;
  incremental_rejected: number;
  full_pass: number | null;
  full_pass_ms: number | null;
  full_rejected: number;
  full_offset: number;
  full_anchor_id: string | null;
  full_anchor_ms: number | null;
  remote_total: number | null;
  last_full_pass_ms: number | null;
  owner_id: string | null;
  reconcile_hints: number[];
  reconcile_remainder: number;
}

function fullPassOf(row: StateRow): FullPass | null {
  if (row.full_pass === null) return null;
  return {
    id: row.full_pass,
    startedAt: row.full_pass_ms ?? 0,
    cursor: cursorOf(row.full_offset, row.full_anchor_id, row.full_anchor_ms),
    rejected: row.full_rejected,
  };
}

function cursorOf(offset: number, id: string | null, createdAt: number | null): Cursor {
  return id === null || createdAt === null ? START : { offset, anchor: { id, createdAt } };
}
