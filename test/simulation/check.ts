/**
 * The invariants, judged from outside with what only the simulation knows: the state of the list behind every answer.
 * A pass is judged by the states behind the pages it accepted; "listed throughout" means listed in all of them.
 */
import type { Cursor } from "../../src/core/cursor.ts";
import type { Coverage } from "../../src/core/coverage.ts";
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
  lastView: View | null = null;
  pagesMax = 0;
  requests = 0;
  hidesEnds = false;

  show(view: View): void {
    if (view === this.lastView) return;
    this.lastView = view;
    this.common = this.common === null ? view.rows : this.common.filter((row) => view.ids.has(row.id));
  }
}

const LIES = ["hiddenLimit", "totalOff", "totalFixed", "twice", "empty"] as const;

export class Check {
  readonly #world: World;
  readonly #passes: Passes;
  readonly #records: Record<Kind, PassRecord> = {
    incremental: new PassRecord(),
    named: new PassRecord(),
    full: new PassRecord(),
  };
  readonly #rejected = new Set<string>();
  /** Came into the middle of ties that fill several pages, while those were read. */
  readonly #confused = new Set<string>();
  readonly #readAt = new Map<string, number>();
  readonly #lies = new Set<(typeof LIES)[number]>();
  /** Answers without any bond to the list: nothing but termination and healing can be asked of the walk. */
  #isMess = false;
  #isStale = false;
  #isSpoilt = false;
  #isHonest = true;

  constructor(world: World, passes: Passes) {
    this.#world = world;
    this.#passes = passes;
  }

  /** A short page is the end when it reaches `total`: to lie about the end, a server must lie about both. */
  get #isEndUnsure(): boolean {
    const has = (...names: readonly (typeof LIES)[number][]) => names.some((name) => this.#lies.has(name));
    return has("hiddenLimit", "empty") && has("totalOff", "totalFixed", "twice");
  }

  /** Whether ticks alone heal what was answered so far; an item that could not be read once is read again by a full pass. */
  get isHealedByTicks(): boolean {
    return !this.#isMess && !this.#isEndUnsure && !this.#isSpoilt;
  }

  /** Whether every answer so far was the list as it is. */
  get isHonest(): boolean {
    return this.#isHonest;
  }

  begun(kind: Kind, isNew: boolean): void {
    if (isNew) this.#records[kind] = new PassRecord();
    else this.#records[kind].requests = 0;
  }

  answered(answer: Answer, quirks: Quirks, outcome: Outcome): void {
    const { view } = answer;
    const record = this.#records[outcome.kind];
    for (const name of LIES) if (quirks[name] !== undefined) this.#lies.add(name);
    this.#isHonest &&= Object.keys(quirks).length === 0;
    record.hidesEnds ||= quirks.hiddenLimit !== undefined || quirks.empty === true;
    this.#isMess ||= quirks.nonsense !== undefined;
    this.#isSpoilt ||= quirks.unreadable !== undefined;
    this.#isStale ||= (quirks.stale ?? 0) > 0;
    if (outcome.step !== null) this.#bounded(record, answer);
    if (this.#isMess || outcome.step?.kind === "realigned" || outcome.step?.kind === "exhausted") return;
    // What one pass finds missing, the other one has not missed.
    for (const open of Object.values(this.#records)) open.show(view);
    this.#notePage(record, answer);
    const { before, after, coverage } = outcome;
    if (outcome.kind !== "named") {
      this.#contiguous(view, before.walk.cursor, after.walk.cursor, "walk");
      this.#contiguous(view, before.resumeCursor, after.resumeCursor, "kept cursor");
    }
    for (const row of outcome.missing) if (coverage) this.#missingRightly(row, answer, coverage, record);
    for (const row of outcome.removed) this.#removedRightly(row);
    const end = outcome.step === null ? null : after.end;
    if (end !== null) this.#complete(record, outcome.kind, end);
  }

  /** I5. One more than may be accepted: the answer that exhausts a walk is asked for and thrown away. */
  #bounded(record: PassRecord, { page }: Answer): void {
    record.requests += 1;
    record.pagesMax = Math.max(record.pagesMax, Math.ceil(page.total / Math.max(1, page.limit)));
    if (record.requests > 101 + 8 * record.pagesMax) throw new Violation("I5", "the walk does not end");
  }

  #notePage(record: PassRecord, { page, rejected, list }: Answer): void {
    const spoilt = new Set(rejected.map(({ offset }) => offset));
    for (const [index, { id }] of page.rows.entries()) {
      if (id === null) continue;
      record.seen.add(id);
      this.#readAt.set(id, this.#world.now);
      if (spoilt.has(page.offset + index)) this.#rejected.add(id);
      else this.#rejected.delete(id);
    }
    if (page.rows.every(({ id }) => id !== null)) return;
    // Rows that could not be read were on the page all the same.
    const shown = new Set(page.rows.map(({ id }) => id));
    for (const { id } of list.slice(page.offset, page.offset + page.rows.length)) {
      if (shown.has(id)) continue;
      record.seen.add(id);
      if (!this.#passes.mirror.isLive(id)) this.#rejected.add(id);
    }
  }

  #holds(id: string): boolean {
    return this.#passes.mirror.isLive(id) || this.#rejected.has(id);
  }

  /** I1: when a cursor moves from a to b, everything listed in (a, b] behind that answer is in the mirror. */
  #contiguous(view: View, before: Cursor, after: Cursor, which: string): void {
    if (after === before || after.anchor === null) return;
    const end = this.#world.placeOf(after.anchor);
    const start = before.anchor && this.#world.placeOf(before.anchor);
    for (const row of view.rows) {
      if (compare(row, end) > 0) return;
      if (start !== null && compare(row, start) <= 0) continue;
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
    { view, page }: Answer,
    { ranges, alsoSeen }: Coverage,
    record: PassRecord,
  ): void {
    if (this.#isEndUnsure || !view.ids.has(id)) return;
    // A row off its place that cannot be read contradicts nothing.
    const isMisplaced = view.rows.some((row) => row.id === id && row.createdAt !== createdAt);
    if (isMisplaced && page.rows.some((row) => row.id === null)) return;
    const isTie =
      alsoSeen.length > 0 && ranges.some(({ from }) => from?.inclusive && from.createdAt === createdAt);
    if (!isTie || record.common?.some((row) => row.id === id))
      throw new Violation("I3", `${id} was called missing by a page behind which it was listed`);
    this.#confused.add(id);
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
    if (absences.length > 1 || this.#confused.has(id)) return;
    const minutes = (absence.to ?? this.#world.now) - absence.from;
    const staleness = this.#isStale ? STALE_MAX : 0;
    // A stale answer may be older than the dataset: that it was not yet listed looks like an absence.
    if (staleness > 0 && (missingSince ?? 0) - staleness <= this.#world.arrivalOf(id)) return;
    if (minutes < GRACE - staleness)
      throw new Violation("I3", `${id} was removed though it was off the list for ${minutes} minutes only`);
  }

  /** I2: a pass that reached the end missed nothing that was listed throughout. */
  #complete(record: PassRecord, kind: Kind, end: "proven" | "unconfirmed"): void {
    if (this.#isEndUnsure) return;
    if (end === "unconfirmed" && record.hidesEnds) return;
    for (const row of record.common ?? []) {
      if (kind === "incremental" ? !isOrdinary(this.#world, row) : kind === "named" && !row.named) continue;
      const isRead = kind === "incremental" || record.seen.has(row.id);
      if (!(isRead && this.#holds(row.id)))
        throw new Violation("I2", `a complete ${kind} pass missed ${row.id}`);
    }
  }

  /** I4, first half: one incremental pass over a list at rest brings everything that came at the list's end. */
  caughtUp(): void {
    if (this.#isMess || this.#isEndUnsure) return;
    for (const row of this.#world.list)
      if (isOrdinary(this.#world, row) && !this.#holds(row.id))
        throw new Violation("I4", `an incremental pass over a list at rest missed ${row.id}`);
  }
}

function isOrdinary(world: World, row: Dataset): boolean {
  return row.ordinary && world.absencesOf(row.id).length === 0;
}
