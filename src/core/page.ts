/** What the walk knows of a listed row: its id and where it sorts. */
export interface Listed {
  readonly id: string;
  /** Milliseconds since the epoch; the list ascends by it. */
  readonly createdAt: number;
}

/**
 * One answer of an offset-paged list that ascends by `createdAt`.
 * A listed row that cannot be read is kept at its place in `rows` as null, so that indices stay true.
 */
export interface Page<Row extends Listed = Listed> {
  /** Index in the list of the first row, as asked for. */
  readonly offset: number;
  /** Effective page length: what the server says it used, never what was asked. */
  readonly limit: number;
  /** Length of the whole list as the server tells it; it lags. */
  readonly total: number;
  readonly rows: readonly (Row | null)[];
}
