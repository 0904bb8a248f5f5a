/**
 * What a page says about rows that are not on it. A page is one slice of one state of the list, so a row that sorts
 * strictly between two neighbours of the page and is not on it is not listed.
 */
import { isPlaced, soundIndices } from "./page.ts";
import type { Page } from "./page.ts";

/** Rows of this range of `createdAt` (milliseconds since the epoch) are listed only if the page shows them. */
export interface Range {
  /** Lower bound; null from the beginning of the list. */
  readonly from: { readonly createdAt: number; readonly inclusive: boolean } | null;
  /** Upper bound, exclusive; null to the end of the list. */
  readonly before: number | null;
}

export interface Coverage {
  readonly ranges: readonly Range[];
  /** Ids inside the ranges that the pages before have shown. */
  readonly alsoSeen: readonly string[];
  /** Places of the page where rows are out of order or cannot be placed, so that absence cannot be told there. */
  readonly gaps: number;
}

/** All ids that were seen with the `createdAt` of the last row, where the pages so far show that group of ties from its start. */
export interface Edge {
  readonly createdAt: number;
  readonly ids: readonly string[];
}

/** Rows of a page between two gaps, by index, both inclusive. */
interface Segment {
  readonly first: number;
  readonly last: number;
}

export function coverageOf(edge: Edge | null, page: Page, isEnd: boolean): Coverage {
  const { offset, rows } = page;
  if (rows.length === 0) {
    return { ranges: offset === 0 && isEnd ? [{ from: null, before: null }] : [], alsoSeen: [], gaps: 0 };
  }
  const { segments, gaps } = segmentsOf(page);
  const ranges: Range[] = [];
  let alsoSeen: readonly string[] = [];
  for (const { first, last } of segments) {
    const from = at(page, first);
    const isTop = startsPage(page, first);
    const followsEdge = isTop && offset > 0 && edge?.createdAt === from;
    if (followsEdge) alsoSeen = edge.ids;
    const range = {
      from: isTop && offset === 0 ? null : { createdAt: from, inclusive: followsEdge },
      before: isEnd && endsPage(page, last) ? null : at(page, last),
    };
    if (!isEmpty(range)) ranges.push(range);
  }
  return { ranges, alsoSeen, gaps };
}

/** The edge after a page: a group of ties longer than a page is collected over the pages that show it. */
export function edgeOf(edge: Edge | null, page: Page): Edge | null {
  const { segments } = segmentsOf(page);
  const end = segments.at(-1);
  if (end === undefined || !endsPage(page, end.last)) return null;
  const createdAt = at(page, end.last);
  const ids = page.rows.flatMap((row) => (row.createdAt === createdAt && row.id !== null ? [row.id] : []));
  const isTop = startsPage(page, end.first);
  if (isTop && edge?.createdAt === createdAt) return { createdAt, ids: [...new Set([...edge.ids, ...ids])] };
  const showsStart = (isTop && page.offset === 0) || at(page, end.first) < createdAt;
  return showsStart ? { createdAt, ids } : null;
}

/**
 * Cuts a page where rows contradict the order or may be any row. An unplaced row with an id is listed wherever it is,
 * and cuts nothing.
 */
function segmentsOf(page: Page): { segments: readonly Segment[]; gaps: number } {
  const segments: Segment[] = [];
  let gaps = 0;
  let isCut = true;
  let isCounted = false;
  const sound = new Set(soundIndices(page));
  for (const [index, row] of page.rows.entries()) {
    const last = segments.at(-1);
    if (sound.has(index)) {
      if (isCut || last === undefined) segments.push({ first: index, last: index });
      else segments[segments.length - 1] = { ...last, last: index };
      isCut = false;
      isCounted = false;
    } else if (isPlaced(row) || row.id === null) {
      if (!isCounted) gaps += 1;
      isCut = true;
      isCounted = true;
    }
  }
  return { segments, gaps };
}

/** Whether nothing before the row may hide another one. */
function startsPage({ rows }: Page, index: number): boolean {
  return rows.slice(0, index).every((row) => !isPlaced(row) && row.id !== null);
}

function endsPage({ rows }: Page, index: number): boolean {
  return rows.slice(index + 1).every((row) => !isPlaced(row) && row.id !== null);
}

function at({ rows }: Page, index: number): number {
  return rows[index]?.createdAt ?? Number.NaN;
}

function isEmpty({ from, before }: Range): boolean {
  return from !== null && before !== null && before <= from.createdAt;
}
