import type { Coverage } from "../core/coverage.ts";
import type { Batch } from "./batch.ts";
import type { Executor } from "./database.ts";
import type { Row } from "./row.ts";
import { readStoredIds, readStoredRange } from "./stored.ts";
import type { Bounds } from "./stored.ts";

/** How a batch differs from what is stored. */
export interface Changes {
  /** Stored with another digest, or perhaps not seen where they are stored. */
  readonly known: readonly Row[];
  /** Not stored in the range of the pages: new, unless a row was removed or its `createdAt` has changed. */
  readonly fresh: readonly Row[];
  /** Ids that are listed, if something stored may be absent from the pages; else null. */
  readonly listed: readonly string[] | null;
}

/** Compares pages with what the mirror holds, by the digests of their rows: one statement, and no look-up a row. */
export async function findChanges(db: Executor, source: string, batch: Batch): Promise<Changes> {
  const rows = new Map<string, Row>();
  // The later one of a duplicate id.
  for (const row of batch.rows) rows.set(row.id, row);
  const provesAbsence = batch.coverages.some(({ ranges }) => ranges.length > 0);
  // What proves no absence may have gaps between its rows, and most of the table in them.
  const { hashes, isWhole } = provesAbsence
    ? await readStoredRange(db, source, boundsOf(batch.rows, batch.coverages), 2 * rows.size + 100)
    : await readStoredIds(db, source, [...rows.keys()]);
  const known: Row[] = [];
  const fresh: Row[] = [];
  let unchanged = 0;
  for (const row of rows.values()) {
    const hash = hashes.get(row.id);
    if (hash === row.contentHash) unchanged += 1;
    else if (hash === undefined && isWhole) fresh.push(row);
    else known.push(row);
  }
  // Nearly always all that is stored is on the pages, and the statement that looks closer is saved.
  const isAllListed = isWhole && hashes.size === unchanged + known.length;
  return {
    known,
    fresh,
    listed: provesAbsence && !isAllListed ? [...rows.keys(), ...batch.alsoListed] : null,
  };
}

/** The range of the rows, and all in which absences may be proven: rejected items widen that one only. */
function boundsOf(rows: readonly Row[], coverages: readonly Coverage[]): Bounds {
  let from = Infinity;
  let to = -Infinity;
  for (const { createdAt } of rows) {
    from = Math.min(from, createdAt);
    to = Math.max(to, createdAt);
  }
  for (const range of coverages.flatMap(({ ranges }) => ranges)) {
    from = Math.min(from, range.from?.createdAt ?? -Infinity);
    to = Math.max(to, range.before ?? Infinity);
  }
  return { from: Number.isFinite(from) ? from : null, to: Number.isFinite(to) ? to : null };
}
