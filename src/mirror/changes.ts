import type { Coverage } from "../core/coverage.ts";
import type { PageCommit } from "./page-commit.ts";
import type { Executor } from "./database.ts";
import type { Row } from "./row.ts";
import { readStored } from "./stored.ts";
import type { Bounds, Stored } from "./stored.ts";

/** How a page differs from what is stored in its range. */
export interface Changes {
  /** Rows of the page, the later one of a duplicate id. */
  readonly rows: readonly Row[];
  /** Stored with another digest, or perhaps not seen where they are stored. */
  readonly known: readonly Row[];
  /** Not stored in the page's range: new, unless a row was removed or its `createdAt` was another. */
  readonly fresh: readonly Row[];
  /** Ids that the page lists, if something stored may be absent from it; else null. */
  readonly listed: readonly string[] | null;
}

/** Compares a page with what the mirror holds, by the digests of its rows: one statement, and no look-up a row. */
export async function findChanges(db: Executor, source: string, page: PageCommit): Promise<Changes> {
  const rows = [...new Map(page.rows.map((row) => [row.id, row])).values()];
  const stored = await readStored(db, source, boundsOf(rows, page.coverage), 2 * rows.length + 100);
  const changed = rows.filter((row) => stored.hashes.get(row.id) !== row.contentHash);
  const isFresh = ({ id }: Row) => stored.isWhole && !stored.hashes.has(id);
  return {
    rows,
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

/** The page's own range, and the whole range in which it may prove absences: rejected items widen that one only. */
function boundsOf(rows: readonly Row[], coverage: Coverage | null): Bounds {
  let from = coverage?.from?.createdAt ?? Infinity;
  let to = coverage?.before ?? -Infinity;
  for (const row of rows) {
    from = Math.min(from, row.createdAt);
    to = Math.max(to, row.createdAt);
  }
  if (coverage?.from === null) from = -Infinity;
  if (coverage?.before === null) to = Infinity;
  if (from > to) return { from: 0, to: 0 };
  return { from: Number.isFinite(from) ? from : null, to: Number.isFinite(to) ? to : null };
}
