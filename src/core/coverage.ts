/**
 * What a page says about rows that are not on it. A page is one slice of one state of the list, so a row that sorts
 * strictly between two neighbours of the page and is not on it is not listed.
 */
import { endsList, isPlaced, soundIndices, unconfirmedEnds } from "./page.ts";
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
  /** Places of the page where rows are out of order or cannot be placed, so that absence cannot be judged there. */
  readonly gaps: number;
}

/** All ids that were seen with the `createdAt` at which a page's proof ends, where the pages show that group of ties from its start. */
export interface Edge {
  readonly createdAt: number;
  readonly ids: readonly string[];
}

/** Sound rows of a page between two gaps, by index. */
interface Segment {
  readonly first: number;
  last: number;
  /** The outermost rows that others of the page confirm, -1 if there are none. */
  from: number;
  to: number;
  readonly followsGap: boolean;
  precedesGap: boolean;
}

/** Where a page proves what is listed: its segments, ascending, and the number of gaps. */
export interface Proof {
  readonly segments: readonly Readonly<Segment>[];
  readonly gaps: number;
}

export function coverageOf(
  edge: Edge | null,
  page: Page,
  { segments, gaps }: Proof = proofOf(edge, page),
): Coverage {
  const { offset } = page;
  if (segments.length === 0) {
    const isWhole = offset === 0 && endsList(page) && gaps === 0;
    return { ranges: isWhole ? [{ from: null, before: null }] : [], alsoSeen: [], gaps };
  }
  const ranges: Range[] = [];
  let alsoSeen: readonly string[] = [];
  for (const segment of segments) {
    const { from, to, followsGap, precedesGap } = segment;
    if (from === -1) continue;
    const createdAt = at(page, from);
    const inclusive = offset > 0 && edge?.createdAt === createdAt && !isOpen(page, segment);
    if (inclusive) alsoSeen = edge.ids;
    const range = {
      from: offset === 0 && !followsGap ? null : { createdAt, inclusive },
      before: endsList(page) && !precedesGap ? null : at(page, to),
    };
    if (!isEmpty(range)) ranges.push(range);
  }
  return { ranges, alsoSeen, gaps };
}

/** The edge after a page: a group of ties longer than a page is collected over the pages that show it. */
export function edgeOf(
  edge: Edge | null,
  page: Page,
  { segments }: Proof = proofOf(edge, page),
): Edge | null {
  const end = segments.at(-1);
  if (end === undefined || end.to === -1) return null;
  const createdAt = at(page, end.to);
  if (end.precedesGap && at(page, end.last) === createdAt) return null;
  // A row without createdAt may be one of the group.
  const isTie = (row: { createdAt: number | null }) => (row.createdAt ?? createdAt) === createdAt;
  const ids = page.rows.flatMap((row) => (isTie(row) && row.id !== null ? [row.id] : []));
  if (edge?.createdAt === createdAt && !isOpen(page, end)) {
    return { createdAt, ids: [...new Set([...edge.ids, ...ids])] };
  }
  const showsStart = (!end.followsGap && page.offset === 0) || at(page, end.from) < createdAt;
  return showsStart ? { createdAt, ids } : null;
}

/** Whether rows that cannot be placed may belong to the group of ties with which a segment begins. */
function isOpen(page: Page, { first, from, followsGap }: Segment): boolean {
  return followsGap && at(page, first) === at(page, from);
}

/**
 * Cuts a page where rows contradict the order or may be any row. An unplaced row with an id is listed wherever it is,
 * and cuts nothing.
 */
export function proofOf(edge: Edge | null, page: Page): Proof {
  const sound = soundIndices(page);
  const ends = unconfirmedEnds(page);
  const first = page.rows[ends.first];
  // The page before has shown it in order with rows on both sides.
  const isConfirmed =
    first !== undefined &&
    first.id !== null &&
    first.createdAt === edge?.createdAt &&
    edge.ids.includes(first.id);
  const unconfirmedFirst = isConfirmed ? -1 : ends.first;
  const segments: Segment[] = [];
  let gaps = 0;
  let isCut = false;
  let nextSound = 0;
  for (const [index, row] of page.rows.entries()) {
    let open = segments.at(-1);
    if (index === sound[nextSound]) {
      nextSound += 1;
      if (isCut || open === undefined) {
        open = { first: index, last: index, from: -1, to: -1, followsGap: isCut, precedesGap: false };
        segments.push(open);
      }
      isCut = false;
      open.last = index;
      if (index === unconfirmedFirst || index === ends.last) continue;
      open.to = index;
      if (open.from === -1) open.from = index;
    } else if (isPlaced(row) || row.id === null) {
      if (!isCut) gaps += 1;
      if (open !== undefined) open.precedesGap = true;
      isCut = true;
    }
  }
  return { segments, gaps };
}

/** `createdAt` of the last row that others of the page confirm; -Infinity if there is none. */
export function proofEnd(page: Page, { segments }: Proof): number {
  const to = segments.findLast((segment) => segment.to !== -1)?.to;
  return to === undefined ? -Infinity : at(page, to);
}

function at({ rows }: Page, index: number): number {
  return rows[index]?.createdAt ?? Number.NaN;
}

function isEmpty({ from, before }: Range): boolean {
  return from !== null && before !== null && before <= from.createdAt;
}
