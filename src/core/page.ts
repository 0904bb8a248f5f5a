/** What the walk knows of a listed row: its id and where it sorts. */
export interface Listed {
  readonly id: string;
  /** Milliseconds since the epoch; the list ascends by it. */
  readonly createdAt: number;
}

/** A row whose place in the order is unknown. Without an id it may be any row. */
export interface Unplaced {
  readonly id: string | null;
  readonly createdAt: null;
}

/** One answer of an offset-paged list that ascends by `createdAt`. Unplaced rows keep indices true. */
export interface Page<Row extends Listed = Listed> {
  /** Index in the list of the first row, as asked for. */
  readonly offset: number;
  /** Effective page length: what the server says it used, never what was asked. */
  readonly limit: number;
  /** Length of the whole list as the server tells it; it lags. */
  readonly total: number;
  readonly rows: readonly (Row | Unplaced)[];
}

export function isPlaced<Row extends Listed>(row: Row | Unplaced): row is Row {
  return row.createdAt !== null;
}

/** A page with fewer rows than it has room for: the list ends there, or the server hides its page length. */
export function isShort({ rows, limit }: Page): boolean {
  return rows.length < limit;
}

/** `total` alone is not trusted, it lags: the end is a short page that reaches it. */
export function endsList(page: Page): boolean {
  return isShort(page) && page.offset + page.rows.length >= page.total;
}

/**
 * Indices of the rows that are in order with all others of their page: none before is younger, none behind older.
 * Where two rows contradict each other, neither is among them.
 */
export function soundIndices({ rows }: Page): number[] {
  const oldestBehind = new Float64Array(rows.length);
  let oldest = Infinity;
  for (let index = rows.length - 1; index >= 0; index--) {
    oldestBehind[index] = oldest;
    oldest = Math.min(oldest, rows[index]?.createdAt ?? Infinity);
  }
  let youngest = -Infinity;
  const sound: number[] = [];
  for (const [index, { createdAt }] of rows.entries()) {
    if (createdAt === null) continue;
    if (createdAt >= youngest && createdAt <= (oldestBehind[index] ?? Infinity)) sound.push(index);
    youngest = Math.max(youngest, createdAt);
  }
  return sound;
}

/**
 * Sound rows that others of their page confirm: the first and the last one may be out of order with rows that the page
 * does not show. The list's own ends need no such neighbour.
 */
export function confirmedIndices(page: Page): number[] {
  const { first, last } = unconfirmedEnds(page);
  return soundIndices(page).filter((index) => index !== first && index !== last);
}

/** Indices of the rows that the page alone does not confirm; -1 at the list's own ends. */
export function unconfirmedEnds(page: Page): { readonly first: number; readonly last: number } {
  return {
    first: page.offset === 0 ? -1 : page.rows.findIndex(isPlaced),
    last: endsList(page) ? -1 : page.rows.findLastIndex(isPlaced),
  };
}

export function isSorted(page: Page): boolean {
  let youngest = -Infinity;
  return page.rows.every(({ createdAt }) => {
    if (createdAt === null) return true;
    if (createdAt < youngest) return false;
    youngest = createdAt;
    return true;
  });
}
