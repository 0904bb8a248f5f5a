/** How the simulated endpoint answers from a view of the list, with what it gets wrong. */
import type { Listed, Page, Unplaced } from "../../src/core/page.ts";
import { DISPLACEMENT } from "./world.ts";
import type { Dataset, Oddity, View, World } from "./world.ts";

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

export interface Request {
  readonly offset: number;
  readonly limit: number;
  readonly namedOnly?: boolean;
}

export interface Answer {
  readonly page: Page;
  /** Items of the page that cannot be mirrored. */
  readonly rejected: ReadonlyArray<{ readonly offset: number; readonly id: string | null }>;
  /** The list behind the page: that of the view, or of its named datasets. */
  readonly list: readonly Dataset[];
  readonly view: View;
}

/** A row as it is shown. */
interface Shown {
  readonly row: Listed | Unplaced;
  readonly isRejected: boolean;
}

const UNREADABLE: Shown = { row: { id: null, createdAt: null }, isRejected: true };

export function answer(world: World, request: Request, quirks: Quirks = {}): Answer {
  const view = world.viewBack(quirks.stale ?? 0);
  const { offset, namedOnly = false } = request;
  const list = namedOnly ? view.rows.filter(({ named }) => named) : view.rows;
  const isNonsense = quirks.nonsense !== undefined;
  const shown = isNonsense
    ? nonsense(view, quirks.nonsense, world.now)
    : showing(list.slice(offset, offset + request.limit), request.limit, quirks);
  const limit = isNonsense ? digit(quirks.nonsense, 2, 7) : request.limit;
  const honest = Math.max(0, list.length + world.excess + (quirks.totalOff ?? 0));
  const total = isNonsense ? digit(quirks.nonsense, 3, 50) : (quirks.totalFixed ?? honest);
  return {
    ...{ view, list },
    page: { offset, limit, total, rows: shown.map(({ row }) => row) },
    rejected: shown.flatMap(({ row, isRejected }, index) =>
      isRejected ? [{ offset: offset + index, id: row.id }] : [],
    ),
  };
}

function showing(page: readonly Dataset[], limit: number, quirks: Quirks): readonly Shown[] {
  if (quirks.empty) return [];
  const rows = page.slice(0, quirks.hiddenLimit ?? limit).map(shownOf);
  // What is out of order shows.
  if (page.some(({ oddity }) => oddity === "misplaced")) return rows;
  const twice = rows[(quirks.twice ?? 0) % Math.max(1, rows.length)];
  if (quirks.twice !== undefined && twice) {
    rows.splice(quirks.twice % rows.length, 0, twice);
    rows.splice(limit);
  }
  if (quirks.rotated !== undefined && quirks.unreadable === undefined) {
    rows.push(...rows.splice(0, quirks.rotated % Math.max(1, rows.length)));
  }
  for (const index of quirks.unreadable ?? []) if (index < rows.length) rows[index] = UNREADABLE;
  return rows;
}

function shownOf({ id, createdAt, oddity }: Dataset): Shown {
  return oddity === null ? { row: { id, createdAt }, isRejected: false } : ODD[oddity]({ id, createdAt });
}

const ODD: Record<Oddity, (row: Listed) => Shown> = {
  unreadable: () => UNREADABLE,
  undated: ({ id }) => ({ row: { id, createdAt: null }, isRejected: true }),
  misplaced: ({ id, createdAt }) => ({ row: { id, createdAt: createdAt - DISPLACEMENT }, isRejected: false }),
  unmirrorable: (row) => ({ row, isRejected: true }),
};

/** Invented and real rows in any order. */
function nonsense(view: View, seed: number, now: number): readonly Shown[] {
  return Array.from({ length: digit(seed, 0, 7) }, (_, index) => {
    const kind = digit(seed, index + 1, 7);
    const real = view.rows[(seed + index * kind) % Math.max(1, view.rows.length)];
    if (kind === 0 || (kind < 4 && real === undefined)) return UNREADABLE;
    if (kind < 4 && real !== undefined) return shownOf(real);
    const row = { id: `nonsense${(seed + index) % 5}`, createdAt: now - ((seed * (index + 1)) % 400) };
    return { row, isRejected: false };
  });
}

function digit(seed: number, place: number, base: number): number {
  return Math.floor(seed / 7 ** place) % base;
}
