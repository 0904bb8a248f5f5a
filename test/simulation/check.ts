/**
 * The invariants, judged from outside with what only the simulation knows: the state of the list behind every answer.
 * A pass is judged by the states behind the pages it accepted; "listed throughout" means listed in all of them.
 */
import type { Coverage } from "../../src/core/coverage.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import { isPlaced } from "../../src/core/page.ts";
import { GRACE } from "./model-mirror.ts";
import type { MirrorRow } from "./model-mirror.ts";
import type { Kind, Outcome, Passes } from "./passes.ts";
import type { Answer, Quirks } from "./server.ts";
import { STALE_MAX, compare } from "./world.ts";
import type { Dataset, View, World } from "./world.ts";

export type InvariantName = "I1" | "I2" | "I3" | "I4" | "I5" | "I7";

export class Violation extends Error {
  override name = "Violation";
  readonly invariant: InvariantName;

  constructor(invariant: InvariantName, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

/** What is known of a pass while it runs; that of a full one outlives its stops. */
class PassRecord {
  common: readonly Dataset[] | null = null;
  readonly seen = new Set<string>();
  readonly lies = new Set<keyof Quirks>();
  lastView: View | null = null;
  pagesMax = 0;
  requests = 0;

  show(view: View): void {
    if (view === this.lastView) return;
    this.lastView = view;
    this.common = this.common === null ? view.rows : this.common.filter((row) => view.ids.has(row.id));
  }
}

export class Check {
  readonly #world: World;
  readonly #passes: Passes;
  readonly #records: Record<Kind, PassRecord> = { incremental: new PassRecord(), full: new PassRecord() };
  readonly #rejected = new Set<string>();
  readonly #readAt = new Map<string, number>();
  /** Answers without any bond to the list: nothing but termination and healing can be asked of the walk. */
  #isMess = false;
  #isStale = false;
  /** An end may have been told where there was none: absence proves nothing from then on. */
  #isEndUnsure = false;

  constructor(world: World, passes: Passes) {
    this.#world = world;
    this.#passes = passes;
  }

  begun(kind: Kind, isNew: boolean): void {
    if (isNew) this.#records[kind] = new PassRecord();
    else this.#records[kind].requests = 0;
  }

  answered({ page, view }: Answer, quirks: Quirks, outcome: Outcome): void {
    const record = this.#records[outcome.kind];
    for (const name of ["nonsense", "hiddenLimit", "totalOff", "totalFixed", "twice", "empty"] as const)
      if (quirks[name] !== undefined) for (const open of Object.values(this.#records)) open.lies.add(name);
    this.#isMess ||= quirks.nonsense !== undefined;
    this.#isStale ||= (quirks.stale ?? 0) > 0;
    this.#isEndUnsure ||= !endsAreTold(record.lies);
    record.requests += 1;
    record.pagesMax = Math.max(record.pagesMax, Math.ceil(page.total / Math.max(1, page.limit)));
    // One more than may be accepted: the answer that exhausts a walk is asked for and thrown away.
    if (record.requests > 101 + 8 * record.pagesMax) throw new Violation("I5", "the walk does not end");
    if (this.#isMess || outcome.step.kind !== "accepted") return;
    // What one pass finds missing, the other one has not missed.
    for (const open of Object.values(this.#records)) open.show(view);
    this.#notePage(record, { page, view });
    this.#contiguous(view, outcome.walkBefore.cursor, outcome.step.walk.cursor, "walk");
    this.#contiguous(view, outcome.kept.before, outcome.kept.after, "kept cursor");
    for (const row of outcome.missing) this.#missingRightly(row, view, outcome.step.coverage, record);
    for (const row of outcome.removed) this.#removedRightly(row);
    if (outcome.step.end !== null) this.#complete(record, outcome, outcome.step.end);
  }

  #notePage(record: PassRecord, { page, view }: Answer): void {
    for (const row of page.rows) {
      if (!isPlaced(row)) continue;
      record.seen.add(row.id);
      this.#rejected.delete(row.id);
      this.#readAt.set(row.id, this.#world.now);
    }
    if (page.rows.every(isPlaced)) return;
    for (const { id } of view.rows.slice(page.offset, page.offset + page.rows.length)) {
      if (record.seen.has(id)) continue;
      record.seen.add(id);
      this.#rejected.add(id);
    }
  }

  #holds(id: string): boolean {
    return this.#passes.mirror.isLive(id) || this.#rejected.has(id);
  }

  /** I1: when a cursor moves from a to b, everything listed in (a, b] behind that answer is in the mirror. */
  #contiguous(view: View, before: Cursor, after: Cursor, which: string): void {
    if (after === before || after.anchor === null) return;
    for (const row of view.rows) {
      if (compare(row, after.anchor) > 0) return;
      if (before.anchor !== null && compare(row, before.anchor) <= 0) continue;
      if (!this.#holds(row.id))
        throw new Violation("I1", `the ${which} went over ${row.id}, which was listed and not read`);
    }
  }

  /**
   * I3, first half: missing is what is not listed behind the page that says so. Of ties that fill several pages, what
   * is listed behind all of them.
   */
  #missingRightly(
    { id, createdAt }: MirrorRow,
    view: View,
    { ranges, alsoSeen }: Coverage,
    record: PassRecord,
  ): void {
    if (this.#isEndUnsure || !view.ids.has(id)) return;
    const isTie =
      alsoSeen.length > 0 && ranges.some(({ from }) => from?.inclusive && from.createdAt === createdAt);
    if (!isTie || record.common?.some((row) => row.id === id))
      throw new Violation("I3", `${id} was called missing by a page behind which it was listed`);
  }

  /** I3, second half: only what was away for long is removed. */
  #removedRightly({ id, missingSince }: MirrorRow): void {
    if (this.#isEndUnsure) return;
    if ((this.#readAt.get(id) ?? 0) > (missingSince ?? 0))
      throw new Violation("I3", `${id} was removed for an absence that had ended`);
    const absences = this.#world.absencesOf(id);
    const [absence] = absences;
    if (!absence) throw new Violation("I3", `${id} was removed though it was never off the list`);
    // What came and went several times may have been away each time it was looked for.
    if (absences.length > 1) return;
    const minutes = (absence.to ?? this.#world.now) - absence.from;
    const staleness = this.#isStale ? STALE_MAX : 0;
    // A stale answer may be older than the dataset: that it was not yet listed looks like an absence.
    if (staleness > 0 && (missingSince ?? 0) - staleness <= this.#world.arrivalOf(id)) return;
    if (minutes < GRACE - staleness)
      throw new Violation("I3", `${id} was removed though it was off the list for ${minutes} minutes only`);
  }

  /** I2: a pass that reached the end missed nothing that was listed throughout. */
  #complete(record: PassRecord, outcome: Outcome, end: "proven" | "unconfirmed"): void {
    if (this.#isEndUnsure) return;
    if (end === "unconfirmed" && (record.lies.has("hiddenLimit") || record.lies.has("empty"))) return;
    for (const row of record.common ?? []) {
      const isPromised = outcome.kind === "full" || isOrdinary(this.#world, row);
      const isRead = outcome.kind === "incremental" || record.seen.has(row.id);
      if (isPromised && !(isRead && this.#holds(row.id)))
        throw new Violation("I2", `a complete ${outcome.kind} pass missed ${row.id}`);
    }
  }

  /** I4, first half: one incremental pass over a list at rest brings everything that came at the list's end. */
  caughtUp(): void {
    if (this.#isMess || this.#isEndUnsure) return;
    for (const row of this.#world.list)
      if (isOrdinary(this.#world, row) && !this.#holds(row.id))
        throw new Violation("I4", `an incremental pass over a list at rest missed ${row.id}`);
  }

  /** I4, second half, whatever was answered before: the mirror's live rows are the list. */
  equal(when: string): void {
    const live = new Set(this.#passes.mirror.liveRows().map(({ id }) => id));
    const missed = this.#world.list.filter((row) => !live.has(row.id)).map((row) => row.id);
    const stale = [...live].filter((id) => !this.#world.view.ids.has(id));
    if (missed.length + stale.length > 0)
      throw new Violation(
        "I4",
        `${when}: not in the mirror: [${missed.join()}], not in the list: [${stale.join()}]`,
      );
  }
}

function isOrdinary(world: World, row: Dataset): boolean {
  return row.ordinary && world.absencesOf(row.id).length === 0;
}

/** A short page is the end when it reaches `total`: to lie about the end, a server must lie about both. */
function endsAreTold(lies: ReadonlySet<keyof Quirks>): boolean {
  const isTotalUnsure = lies.has("totalOff") || lies.has("totalFixed") || lies.has("twice");
  return !((lies.has("hiddenLimit") || lies.has("empty")) && isTotalUnsure);
}
