import { markAbsent } from "./absence.ts";
import type { Run } from "./begin-run.ts";
import { findChanges } from "./changes.ts";
import type { Changes } from "./changes.ts";
import { copyIn } from "./copy.ts";
import { databaseFailure } from "./database-error.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Transaction } from "./database.ts";
import type { PageCommit, Progress } from "./page-commit.ts";
import { addProgress, checkFence } from "./progress.ts";
import { keepRejected } from "./rejected.ts";
import { upsert } from "./upsert.ts";
import type { Upserted } from "./upsert.ts";

/**
 * Rows, cursor and run counters of a page in one transaction, so the cursor is never ahead of the data. What is stored
 * is read before it: only the lease's holder writes, so what was read stands as long as the fence does. A page that
 * changes nothing, as nearly all, is a transaction of one statement.
 * Throws LeaseLostError when the run is not the holder's any more, PagesLostError when the database lost its pages.
 */
export async function commitPage(db: Db, run: Run, page: PageCommit): Promise<Progress> {
  return inDatabase("write a page", async () => {
    const changes = await findChanges(db, run.lease.source, page);
    const progress = isUnchanged(run, page, changes)
      ? await addProgress(db, run, page, { ...NOTHING, unchanged: page.rows.length }, false)
      : null;
    return progress ?? writeChanges(db, run, page, changes);
  });
}

const NOTHING = { inserted: 0, updated: 0, missing: 0 };
const UNIQUE_VIOLATION = "23505";

function isUnchanged(run: Run, page: PageCommit, { known, fresh, listed }: Changes): boolean {
  const provesAbsence = run.pass !== null && page.coverages.length > 0 && listed !== null;
  return known.length + fresh.length + page.rejected.length === 0 && !provesAbsence;
}

async function writeChanges(db: Db, run: Run, page: PageCommit, changes: Changes): Promise<Progress> {
  const write = (copy: boolean) => transact(db, (tx) => writePage(tx, run, page, changes, copy));
  if (changes.fresh.length < COPIED_MIN) return write(false);
  try {
    return await write(true);
  } catch (error) {
    // A row that seemed new is stored elsewhere: it was removed and is back.
    if (databaseFailure("", error)?.code === UNIQUE_VIOLATION) return write(false);
    throw error;
  }
}

/** Fewer rows are not worth a statement of their own. */
const COPIED_MIN = 50;

async function writePage(
  tx: Transaction,
  run: Run,
  page: PageCommit,
  changes: Changes,
  copy: boolean,
): Promise<Progress> {
  const committed = await checkFence(tx, run, page.pagesBefore);
  if (committed !== null) return committed;
  const { source } = run.lease;
  const { inserted, updated } = await writeRows(tx, source, changes, page.now, copy);
  const missing = await markMissing(tx, run, page, changes);
  await keepRejected(tx, run.id, source, page.rejected);
  const unchanged = page.rows.length - inserted - updated;
  const progress = await addProgress(tx, run, page, { inserted, updated, unchanged, missing }, true);
  if (progress === null) throw new Error(`run ${run.id} has no row`);
  return progress;
}

/** Copies what seems new if told to, which costs Postgres the least, and upserts the rest. */
async function writeRows(
  tx: Transaction,
  source: string,
  { known, fresh }: Changes,
  nowMs: number,
  copy: boolean,
): Promise<Upserted> {
  if (!copy) return upsert(tx, source, [...known, ...fresh], nowMs);
  await copyIn(tx.$client, source, fresh, nowMs);
  const { inserted, updated } = await upsert(tx, source, known, nowMs);
  return { inserted: inserted + fresh.length, updated };
}

async function markMissing(
  tx: Transaction,
  { lease, pass }: Run,
  { coverages, now }: PageCommit,
  { listed }: Changes,
): Promise<number> {
  if (pass === null || listed === null) return 0;
  let missing = 0;
  for (const coverage of coverages) {
    missing += await markAbsent(tx, lease.source, coverage, listed, pass.id, now);
  }
  return missing;
}
