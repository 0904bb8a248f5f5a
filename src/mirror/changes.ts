import type { Coverage } from "../core/coverage.ts";
import type { PageCommit } from "./page-commit.ts";
import type { Executor } from "./database.ts";
import type { Row } from "./row.ts";
import { readStored } from "./stored.ts";
import type { Bounds, Stored } from "./stored.ts";

/** How a page, or several, differ from what is stored in its range. */
export interface Changes {
  /** Stored with another digest, or perhaps not seen where they are stored. */
  readonly known: readonly Row[];
  /** Not stored in the range of the pages: new, unless a row was removed or its `createdAt` was another. */
  readonly fresh: readonly Row[];
  /** Ids that the pages list, if something stored may be absent from them; else null. */
  readonly listed: readonly string[] | null;
}

/** Compares pages with what the mirror holds, by the digests of its rows: one statement, and no look-up a row. */
export async function findChanges(db: Executor, source: string, page: PageCommit): Promise<Changes> {
  // The later one of a duplicate id.
  const rows = [...new Map(page.rows.map((row) => [row.id, row])).values()];
  const stored = await readStored(db, source, boundsOf(rows, page.coverages), 2 * rows.length + 100);
  const changed = rows.filter((row) => stored.hashes.get(row.id) !== row.contentHash);
  const isFresh = ({ id }: Row) => stored.isWhole && !stored.hashes.has(id);
  return {
    known: changed.filter((row) => !isFresh(row)),
    fresh: changed.filter(isFresh),
    listed: listedIf(page, rows, stored),
  };
}

/** Nearly always all that is stored is on the page, and the statement that looks closer is saved. */
function listedIf({ rejectedIds }: PageCommit, rows: readonly Row[], stored: Stored): string[] | null {
  const listed = rows.map((row) => row.id).concat(rejectedIds);
  const onPage = new Set(listed);
  return stored.isWhole && stored.ids.every((id) => onPage.has(id)) ? null : listed;
}

/** The range of the rows, and all in which absences may be proven: rejected items widen that one only. */
function boundsOf(rows: readonly Row[], coverages: readonly Coverage[]): Bounds {
  let from = Infinity;
  let to = -Infinity;
  for (const { createdAt } of rows) {
    from = Math.min(from, createdAt);
    to = Math.max(to, createdAt);
  }
  for (const coverage of coverages) {
    from = Math.min(from, coverage.from?.createdAt ?? -Infinity);
    to = Math.max(to, coverage.before ?? Infinity);
  }
  if (from > to) return { from: 0, to: 0 };
  return { from: Number.isFinite(from) ? from : null, to: Number.isFinite(to) ? to : null };
}
