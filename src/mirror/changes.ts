import type { Coverage } from "../core/coverage.ts";
import type { PageCommit } from "./page-commit.ts";
import type { Executor } from "./database.ts";
import type { Row } from "./row.ts";
import { readStoredHashes } from "./stored.ts";
import type { Bounds } from "./stored.ts";

/** How a page, or several, differ from what is stored in its range. */
export interface Changes {
  /** Stored with another digest, or perhaps not seen where they are stored. */
  readonly known: readonly Row[];
  /** Not stored in the range of the pages: new, unless a row was removed or its `createdAt` was another. */
  readonly fresh: readonly Row[];
  /** Ids that the pages list, if something stored may be absent from them; else null. */
  readonly listed: readonly string[] | null;
}

/** Compares pages with what the mirror holds, by the digests of their rows: one statement, and no look-up a row. */
export async function findChanges(db: Executor, source: string, page: PageCommit): Promise<Changes> {
  const rows = new Map<string, Row>();
  // The later one of a duplicate id.
  for (const row of page.rows) rows.set(row.id, row);
  const bounds = boundsOf(page.rows, page.coverages);
  const { hashes, isWhole } = await readStoredHashes(db, source, bounds, 2 * rows.size + 100);
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
  return { known, fresh, listed: isAllListed ? null : [...rows.keys(), ...page.rejectedIds] };
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
