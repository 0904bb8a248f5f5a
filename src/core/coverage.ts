/**
 * What a proven page says about rows that are not on it. A page is one slice of one state of the list, so a row that
 * sorts strictly between the page's first and last row and is not on the page is not listed.
 */
import type { Listed, Page } from "./page.ts";

export interface Coverage {
  /** Lower bound of `createdAt` in milliseconds since the epoch; null from the beginning. */
  readonly from: { readonly createdAt: number; readonly inclusive: boolean } | null;
  /** Upper bound, exclusive; null to the end. */
  readonly before: number | null;
  /** Ids inside the bounds that the pages before have shown. */
  readonly alsoSeen: readonly string[];
}

/** All ids that were seen with the `createdAt` of the last row, where the pages so far show that group from its start. */
export interface Edge {
  readonly createdAt: number;
  readonly ids: readonly string[];
}

/** Only for a sorted page. An unreadable row may be any row, so a page with one proves no absence. */
export function coverageOf(edge: Edge | null, page: Page, isEnd: boolean): Coverage | null {
  if (page.rows.includes(null)) return null;
  const first = page.rows.at(0);
  const last = page.rows.at(-1);
  if (!first || !last) {
    return page.offset === 0 && isEnd ? { from: null, before: null, alsoSeen: [] } : null;
  }
  const before = isEnd ? null : last.createdAt;
  if (page.offset === 0) return { from: null, before, alsoSeen: [] };
  if (edge?.createdAt === first.createdAt) {
    return { from: { createdAt: first.createdAt, inclusive: true }, before, alsoSeen: edge.ids };
  }
  return { from: { createdAt: first.createdAt, inclusive: false }, before, alsoSeen: [] };
}

/** The edge after a sorted page: a group of ties longer than a page is collected over the pages that show it. */
export function edgeOf(edge: Edge | null, page: Page): Edge | null {
  const last = page.rows.at(-1);
  if (!last || page.rows.includes(null)) return null;
  const ids = page.rows.flatMap((row) => (row?.createdAt === last.createdAt ? [row.id] : []));
  if (edge?.createdAt === last.createdAt)
    return { createdAt: last.createdAt, ids: [...new Set([...edge.ids, ...ids])] };
  const showsStart =
    page.offset === 0 || page.rows.some((row) => row !== null && row.createdAt < last.createdAt);
  return showsStart ? { createdAt: last.createdAt, ids } : null;
}

export function isSorted(page: Page): boolean {
  let previous: Listed | null = null;
  for (const row of page.rows) {
    if (row === null) continue;
    if (previous !== null && row.createdAt < previous.createdAt) return false;
    previous = row;
  }
  return true;
}
