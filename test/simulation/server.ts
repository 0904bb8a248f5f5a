/** How the simulated endpoint answers from a view of the list, with what it gets wrong. */
import type { Listed, Page, Unplaced } from "../../src/core/page.ts";
import type { View, World } from "./world.ts";

/** What one answer gets wrong; all absent = honest and up to date. */
export interface Quirks {
  /** Answered from the state that many changes ago. */
  readonly stale?: number;
  /** Added to the true total (lagging, too small, too large). */
  readonly totalOff?: number;
  /** Told whatever the truth is. */
  readonly totalFixed?: number;
  /** The server returns at most that many rows and does not say so. */
  readonly hiddenLimit?: number;
  /** Index of a row that is on the page twice; takes the place of the page's last row. */
  readonly twice?: number;
  /** Indices of rows that cannot be read. */
  readonly unreadable?: readonly number[];
  readonly empty?: boolean;
  /** Rotates the rows of the page, so that it is not sorted. */
  readonly rotated?: number;
  /** Seed of an answer that has nothing to do with the list. */
  readonly nonsense?: number;
}

const UNREADABLE: Unplaced = { id: null, createdAt: null };

export interface Answer {
  readonly page: Page;
  readonly view: View;
}

export function answer(world: World, offset: number, limit: number, quirks: Quirks = {}): Answer {
  const view = world.viewBack(quirks.stale ?? 0);
  if (quirks.nonsense !== undefined)
    return { view, page: nonsense(view, offset, quirks.nonsense, world.now) };
  const total = quirks.totalFixed ?? Math.max(0, view.rows.length + (quirks.totalOff ?? 0));
  return { view, page: { offset, limit, total, rows: rowsOf(view, offset, limit, quirks) } };
}

function rowsOf(view: View, offset: number, limit: number, quirks: Quirks): (Listed | Unplaced)[] {
  if (quirks.empty) return [];
  let rows: (Listed | Unplaced)[] = view.rows.slice(
    offset,
    offset + Math.min(limit, quirks.hiddenLimit ?? limit),
  );
  if (quirks.twice !== undefined && rows.length > 0) {
    const index = quirks.twice % rows.length;
    rows = rows.toSpliced(index, 0, rows[index] ?? UNREADABLE).slice(0, limit);
  }
  // A row that cannot be read is at its place: what is out of order shows.
  if (quirks.rotated !== undefined && quirks.unreadable === undefined && rows.length > 0) {
    const by = quirks.rotated % rows.length;
    rows = [...rows.slice(by), ...rows.slice(0, by)];
  }
  for (const index of quirks.unreadable ?? []) if (index < rows.length) rows[index] = UNREADABLE;
  return rows;
}

/** Invented and real rows in any order, any limit, any total. */
function nonsense(view: View, offset: number, seed: number, now: number): Page {
  const digit = (place: number, base: number) => Math.floor(seed / 7 ** place) % base;
  const rows = Array.from({ length: digit(0, 7) }, (_, index) => {
    const kind = digit(index + 1, 7);
    if (kind === 0) return UNREADABLE;
    if (kind < 4) return view.rows[(seed + index * kind) % Math.max(1, view.rows.length)] ?? UNREADABLE;
    return { id: `nonsense${(seed + index) % 5}`, createdAt: now - ((seed * (index + 1)) % 400) };
  });
  return { offset, limit: digit(2, 7), total: digit(3, 50), rows };
}
