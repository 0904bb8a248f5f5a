/** The mirror's rules without a database: what a page does to rows. */
import type { Coverage, Range } from "../../src/core/coverage.ts";
import { isPlaced } from "../../src/core/page.ts";
import type { Listed, Page } from "../../src/core/page.ts";
import type { Answer } from "./server.ts";

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
    return this.#rowsThat((row) => row.missingSince === null);
  }

  /** Live rows created at `from` or later and before `before`. */
  count(from: number, before: number): number {
    let count = 0;
    for (const { createdAt, missingSince } of this.rows.values())
      if (missingSince === null && createdAt >= from && createdAt < before) count += 1;
    return count;
  }

  /** `createdAt` of missing rows whose grace was over at a time, ascending. */
  due(at: number): number[] {
    const rows = this.#rowsThat((row) => isDue(row, at));
    return rows.map(({ createdAt }) => createdAt).toSorted((one, other) => one - other);
  }

  /** What is seen is live; an item that cannot be mirrored is so as it was. */
  see({ page, rejected }: Answer): void {
    const spoilt = new Set(rejected.map(({ id }) => id));
    for (const row of page.rows) {
      if (isPlaced(row) && !spoilt.has(row.id)) this.#upsert(row);
      else if (row.id !== null) this.#endAbsence(row.id);
    }
  }

  /** Without a copy of all rows, which is what most of the time was spent on. */
  #rowsThat(isWanted: (row: MirrorRow) => boolean): MirrorRow[] {
    const wanted: MirrorRow[] = [];
    for (const row of this.rows.values()) if (isWanted(row)) wanted.push(row);
    return wanted;
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
    const absent = this.#rowsThat(
      ({ id, createdAt }) =>
        createdAt <= settledBefore && isCovered(coverage.ranges, createdAt) && !listed.has(id),
    );
    const missing = absent.filter((row) => row.missingSince === null);
    const removed = absent.filter((row) => isDue(row, startedAt));
    for (const row of missing) row.missingSince = now;
    for (const row of removed) row.removedAt = now;
    return { missing, removed };
  }
}

function isDue({ missingSince, removedAt }: MirrorRow, at: number): boolean {
  return removedAt === null && missingSince !== null && missingSince <= at - GRACE;
}

function isCovered(ranges: readonly Range[], createdAt: number): boolean {
  return ranges.some(({ from, before }) => {
    if (before !== null && createdAt >= before) return false;
    if (from === null) return true;
    return from.inclusive ? createdAt >= from.createdAt : createdAt > from.createdAt;
  });
}
