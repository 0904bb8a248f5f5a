import { markAbsent } from "./absence.ts";
import type { Batch, Progress, Written } from "./batch.ts";
import type { Run } from "./begin-run.ts";
import { checkBrake, checkEmptied } from "./brake.ts";
import { findChanges } from "./changes.ts";
import type { Changes } from "./changes.ts";
import { copyIn } from "./copy.ts";
import { databaseFailure } from "./database-error.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Transaction } from "./database.ts";
import { addProgress, lockAccount } from "./progress.ts";
import type { Locked } from "./progress.ts";
import { keepRejected } from "./rejected.ts";
import { endAbsence, upsert } from "./upsert.ts";
import type { Upserted } from "./upsert.ts";

/**
 * Rows, cursor and run counters of a batch in one transaction, so the cursor is never ahead of the data. What is stored
 * is read before it: only the lease's holder writes, so what was read stands as long as the fence does. A batch that
 * changes nothing, as nearly all, is a transaction of one statement.
 * Throws LeaseLostError when the run is not the holder's any more, PagesLostError when the database lost its pages,
 * BrakeError when too much would leave the live list; then nothing of the batch is written.
 */
export async function commitBatch(db: Db, run: Run, batch: Batch): Promise<Progress> {
  return inDatabase("write a page", async () => {
    const changes = await findChanges(db, run.lease.source, batch);
    const progress = isUnchanged(batch, changes)
      ? await addProgress(db, run, batch, { ...NOTHING, unchanged: batch.rows.length }, null)
      : null;
    return progress ?? writeChanges(db, run, batch, changes);
  });
}

const NOTHING = { inserted: 0, updated: 0, returned: 0, missing: 0, removed: 0 };
const UNIQUE_VIOLATION = "23505";

function isUnchanged({ rejected }: Batch, { known, fresh, listed }: Changes): boolean {
  return known.length + fresh.length + rejected.length === 0 && listed === null;
}

async function writeChanges(db: Db, run: Run, batch: Batch, changes: Changes): Promise<Progress> {
  const write = (copy: boolean) => transact(db, (tx) => writeBatch(tx, run, batch, changes, copy));
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

async function writeBatch(
  tx: Transaction,
  run: Run,
  batch: Batch,
  changes: Changes,
  copy: boolean,
): Promise<Progress> {
  const locked = await lockAccount(tx, run, batch.pagesBefore);
  if ("committed" in locked) return locked.committed;
  const { source } = run.lease;
  const { at } = locked;
  const { inserted, updated, returned } = await writeRows(tx, source, changes, at, copy);
  const seen = await endAbsence(tx, source, batch.alsoListed, at);
  const absences = await takeOut(tx, run, batch, changes, locked);
  await keepRejected(tx, run.id, source, batch.rejected);
  const written: Written = {
    ...{ inserted, updated },
    returned: returned + seen,
    unchanged: batch.rows.length - inserted - updated,
    ...absences,
  };
  const progress = await addProgress(tx, run, batch, written, at);
  if (progress === null) throw new Error(`run ${run.id} has no row`);
  return progress;
}

/** Copies what seems new if told to, which costs Postgres the least, and upserts the rest. */
async function writeRows(
  tx: Transaction,
  source: string,
  { known, fresh }: Changes,
  at: string,
  copy: boolean,
): Promise<Upserted> {
  if (!copy) return upsert(tx, source, [...known, ...fresh], at);
  await copyIn(tx.$client, source, fresh, at);
  const upserted = await upsert(tx, source, known, at);
  return { ...upserted, inserted: upserted.inserted + fresh.length };
}

/** Marks what the pages prove absent, as long as the brake allows it. */
async function takeOut(
  tx: Transaction,
  run: Run,
  { coverages, count, settledBefore }: Batch,
  { listed }: Changes,
  { at, liveRows, brake }: Locked,
) {
  const rule = run.rule.brake;
  if (count === 0 && coverages.some(({ ranges }) => ranges.length > 0)) checkEmptied(rule, liveRows);
  if (listed === null) return { missing: 0, removed: 0 };
  const ranges = coverages.flatMap((coverage) => coverage.ranges);
  const alsoSeen = coverages.flatMap((coverage) => coverage.alsoSeen);
  const absences = await markAbsent(tx, run, { ranges, listed: [...listed, ...alsoSeen], settledBefore }, at);
  checkBrake(rule, brake, absences.missing);
  return absences;
}
