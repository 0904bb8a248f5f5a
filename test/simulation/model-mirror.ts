/** The mirror's rules without a database: what a page does to rows, and what the end of a full pass removes. */
import type { Coverage } from "../../src/core/coverage.ts";
import type { Listed, Page } from "../../src/core/page.ts";

export interface MirrorRow {
  readonly id: string;
  readonly createdAt: number;
  missingSince: number | null;
  absentInPass: number | null;
  removedAt: number | null;
}

/** Minutes. */
export const GRACE = 15;

export class ModelMirror {
  readonly rows = new Map<string, MirrorRow>();

  isLive(id: string): boolean {
    const row = this.rows.get(id);
    return row !== undefined && row.removedAt === null;
  }

  liveIds(): string[] {
    return [...this.rows.values()].filter((row) => row.removedAt === null).map((row) => row.id);
  }

  /** Seen rows are inserted, or live again. */
  upsert(page: Page): void {
    for (const row of page.rows) if (row) this.#see(row);
  }

  #see({ id, createdAt }: Listed): void {
    const known = this.rows.get(id);
    if (known?.createdAt === createdAt) {
      known.missingSince = null;
      known.absentInPass = null;
      known.removedAt = null;
    } else {
      this.rows.set(id, { id, createdAt, missingSince: null, absentInPass: null, removedAt: null });
    }
  }

  /** Marks the rows that the page proves absent; returns them. */
  markAbsent(page: Page, coverage: Coverage, passId: number, now: number): MirrorRow[] {
    const seen = new Set([...coverage.alsoSeen, ...page.rows.map((row) => row?.id)]);
    const absent: MirrorRow[] = [];
    for (const row of this.rows.values()) {
      if (row.removedAt !== null || !isCovered(coverage, row.createdAt) || seen.has(row.id)) continue;
      row.missingSince ??= now;
      row.absentInPass = passId;
      absent.push(row);
    }
    return absent;
  }

  /**
   * Removes what this pass found absent and an earlier one had found absent at least `GRACE` before this one began.
   * Measured from the begin and not the end: what came back after a slow pass had looked was not absent for long.
   */
  remove(pass: { readonly id: number; readonly startedAt: number }, now: number): MirrorRow[] {
    const removed = [...this.rows.values()].filter(
      (row) =>
        row.removedAt === null &&
        row.absentInPass === pass.id &&
        row.missingSince !== null &&
        row.missingSince <= pass.startedAt - GRACE,
    );
    for (const row of removed) row.removedAt = now;
    return removed;
  }
}

function isCovered({ from, before }: Coverage, createdAt: number): boolean {
  if (before !== null && createdAt >= before) return false;
  if (from === null) return true;
  return from.inclusive ? createdAt >= from.createdAt : createdAt > from.createdAt;
}
