/** The mirror's rules without a database: what a page does to rows. */
import type { Coverage, Range } from "../../src/core/coverage.ts";
import { isPlaced } from "../../src/core/page.ts";
import type { Listed, Page } from "../../src/core/page.ts";

export interface MirrorRow {
  readonly id: string;
  readonly createdAt: number;
  /** Not live any more. */
  missingSince: number | null;
  removedAt: number | null;
}

/** Minutes. */
export const GRACE = 15;

/** Rows that a page took out. */
export interface Absences {
  readonly missing: readonly MirrorRow[];
  readonly removed: readonly MirrorRow[];
}

export interface AbsenceProof {
  readonly coverage: Coverage;
  /** When the run of the page began. */
  readonly startedAt: number;
  /** Rows created later are too young to be judged. */
  readonly settledBefore: number;
}

export class ModelMirror {
  readonly rows = new Map<string, MirrorRow>();

  isLive(id: string): boolean {
    return this.rows.get(id)?.missingSince === null;
  }

  liveRows(): MirrorRow[] {
    return [...this.rows.values()].filter((row) => row.missingSince === null);
  }

  /** What is seen is live; a row that cannot be mirrored is so as it was. */
  see(page: Page): void {
    for (const row of page.rows) {
      if (isPlaced(row)) this.#upsert(row);
      else if (row.id !== null) this.#endAbsence(row.id);
    }
  }

  #upsert({ id, createdAt }: Listed): void {
    this.rows.set(id, { id, createdAt, missingSince: null, removedAt: null });
  }

  #endAbsence(id: string): void {
    const row = this.rows.get(id);
    if (row) this.rows.set(id, { ...row, missingSince: null, removedAt: null });
  }

  /** Absent once: missing. Absent again on a page of a run that began when the grace was over: removed. */
  takeOut(page: Page, { coverage, startedAt, settledBefore }: AbsenceProof, now: number): Absences {
    if (coverage.ranges.length === 0) return { missing: [], removed: [] };
    const listed = new Set([...coverage.alsoSeen, ...page.rows.map(({ id }) => id)]);
    const absent = [...this.rows.values()].filter(
      ({ id, createdAt }) =>
        createdAt <= settledBefore && !listed.has(id) && isCovered(coverage.ranges, createdAt),
    );
    const missing = absent.filter((row) => row.missingSince === null);
    const removed = absent.filter(
      (row) => row.removedAt === null && row.missingSince !== null && row.missingSince <= startedAt - GRACE,
    );
    for (const row of missing) row.missingSince = now;
    for (const row of removed) row.removedAt = now;
    return { missing, removed };
  }
}

function isCovered(ranges: readonly Range[], createdAt: number): boolean {
  return ranges.some(({ from, before }) => {
    if (before !== null && createdAt >= before) return false;
    if (from === null) return true;
    return from.inclusive ? createdAt >= from.createdAt : createdAt > from.createdAt;
  });
}
