import { sql } from "drizzle-orm";

import { START } from "../core/cursor.ts";
import type { Cursor } from "../core/cursor.ts";
import type { Executor } from "./database.ts";

/** Where the passes of an account stand. */
export interface SourceState {
  readonly incremental: { readonly cursor: Cursor; readonly overlap: number };
  /** The full pass in progress; null between passes. */
  readonly full: FullPass | null;
  /** Rows; null before the first answer. */
  readonly remoteTotal: number | null;
  /** Milliseconds since the epoch; null if no full pass was ever proven. */
  readonly lastFullPassAt: number | null;
}

export interface FullPass {
  /** The id of the pass's first run. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly cursor: Cursor;
  /** False once a page proved nothing about what is absent from it. */
  readonly provesAbsence: boolean;
}

/** Reads the state of an account, which must exist. */
export async function readState(db: Executor, source: string): Promise<SourceState> {
  const { rows } = await db.execute<StateRow>(sql`
    select incremental_offset::float8, incremental_anchor_id, incremental_overlap,
      (extract(epoch from incremental_anchor_created_at) * 1000)::float8 as incremental_anchor_ms,
      full_pass::float8, (extract(epoch from full_pass_started_at) * 1000)::float8 as full_pass_ms, full_pass_flawless,
      full_offset::float8, full_anchor_id, (extract(epoch from full_anchor_created_at) * 1000)::float8 as full_anchor_ms,
      remote_total::float8, (extract(epoch from last_full_pass_at) * 1000)::float8 as last_full_pass_ms
    from apify.sources where name = ${source}`);
  const row = rows[0];
  if (row === undefined) throw new Error(`no source ${source}`);
  const cursor = cursorOf(row.incremental_offset, row.incremental_anchor_id, row.incremental_anchor_ms);
  return {
    incremental: { cursor, overlap: row.incremental_overlap },
    full:
      row.full_pass === null
        ? null
        : {
            id: row.full_pass,
            startedAt: row.full_pass_ms ?? 0,
            cursor: cursorOf(row.full_offset, row.full_anchor_id, row.full_anchor_ms),
            provesAbsence: row.full_pass_flawless,
          },
    remoteTotal: row.remote_total,
    lastFullPassAt: row.last_full_pass_ms,
  };
}

interface StateRow extends Record<string, unknown> {
  incremental_offset: number;
  incremental_anchor_id: string | null;
  incremental_anchor_ms: number | null;
  incremental_overlap: number;
  full_pass: number | null;
  full_pass_ms: number | null;
  full_pass_flawless: boolean;
  full_offset: number;
  full_anchor_id: string | null;
  full_anchor_ms: number | null;
  remote_total: number | null;
  last_full_pass_ms: number | null;
}

function cursorOf(offset: number, id: string | null, createdAt: number | null): Cursor {
  return id === null || createdAt === null ? START : { offset, anchor: { id, createdAt } };
}
