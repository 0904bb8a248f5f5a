/**
 * Where to look again for rows that went missing and whose grace is over: many of them with one page. Where one stood is
 * told by its rank among the live rows, and by how far the last page was from there.
 */
import type { Page } from "./page.ts";
import { boundariesOf } from "./search.ts";

export interface Recheck {
  /** `createdAt` of the rows, ascending, milliseconds since the epoch. */
  readonly due: readonly number[];
  /** Those whose place a page has shown. */
  readonly shown: readonly number[];
  /** Rank minus offset, where the last page was. */
  readonly shift: number;
  /** Length of the list. */
  readonly total: number;
  /** The last page missed the first row; the next one is the last try. */
  readonly isRetry: boolean;
}

export function beginRecheck(due: readonly number[], total: number): Recheck {
  return { due, shown: [], shift: 0, total, isRetry: false };
}

/** Where to ask for the first row, of which `rank` live rows were created before: a little early, for others to follow. */
export function recheckOffset({ shift, isRetry, total }: Recheck, rank: number, limit: number): number {
  const offset = rank - shift - Math.floor(limit / (isRetry ? 2 : 10));
  // A page behind the list's end would tell nothing.
  return Math.max(0, Math.min(offset, total - Math.floor(limit / 2)));
}

/** The place of a page whose rank tells the shift there; null if it shows none. */
export function referenceOf(page: Page): { readonly offset: number; readonly createdAt: number } | null {
  return boundariesOf(page).findLast(({ createdAt }) => Number.isFinite(createdAt)) ?? null;
}

/** `rank`: live rows created before the page's reference. */
export function afterRecheck({ due, shown, isRetry, total }: Recheck, page: Page, rank: number): Recheck {
  const [row = Infinity] = due;
  const boundaries = boundariesOf(page);
  const [first, last] = [boundaries.at(0), boundaries.at(-1)];
  const shift = rank - (referenceOf(page)?.offset ?? rank);
  if (first !== undefined && last !== undefined && first.createdAt <= row && row < last.createdAt) {
    const isShown = (createdAt: number) => createdAt < last.createdAt;
    const rest = due.filter((createdAt) => !isShown(createdAt));
    return { due: rest, shown: [...shown, ...due.filter(isShown)], shift, total, isRetry: false };
  }
  // A row behind the last place of the list is for the walk to judge.
  if (!isRetry) return { due, shown, shift, total, isRetry: true };
  const isTried = (createdAt: number) => createdAt <= row;
  const rest = due.filter((createdAt) => !isTried(createdAt));
  return { due: rest, shown: [...shown, ...due.filter(isTried)], shift, total, isRetry: false };
}
