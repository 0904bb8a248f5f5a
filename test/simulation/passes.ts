/**
 * The passes as the service runs them, one request at a time, on the model of the mirror. A stop between any two
 * requests loses what is in memory (`#run`) and keeps what is stored (`stored`).
 */
import { START, learnOverlap, OVERLAP_MIN, advanceResumeCursor } from "../../src/core/cursor.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import type { Listed, Page } from "../../src/core/page.ts";
import { beginWalk, verifyPage } from "../../src/core/walk.ts";
import type { Verification, Walk } from "../../src/core/walk.ts";
import { ModelMirror } from "./model-mirror.ts";
import type { MirrorRow } from "./model-mirror.ts";

/** Minutes; more than `LAG_MAX + STALE_MAX`. */
export const LOOKBACK = 10;
/** Minutes; a full pass that began longer ago is begun anew. */
const RESUME_MAX = 60;

export type Kind = "incremental" | "full";

export interface FullState {
  readonly startedAt: number;
  readonly cursor: Cursor;
}

export interface Stored {
  cursor: Cursor;
  overlap: number;
  total: number | null;
  full: FullState | null;
}

interface Run {
  readonly kind: Kind;
  readonly startedAt: number;
  readonly walk: Walk;
}

/** What one answer led to. */
export interface Outcome {
  readonly kind: Kind;
  readonly step: Verification<Listed>;
  readonly walkBefore: Walk;
  /** The cursor that is kept for the next run. */
  readonly kept: { readonly before: Cursor; readonly after: Cursor };
  readonly missing: readonly MirrorRow[];
  readonly removed: readonly MirrorRow[];
  readonly ended: boolean;
}

export class Passes {
  readonly mirror = new ModelMirror();
  stored: Stored = { cursor: START, overlap: OVERLAP_MIN, total: null, full: null };
  #run: Run | null = null;

  get running(): Kind | null {
    return this.#run?.kind ?? null;
  }

  /** Begins a pass, or resumes a full one that was stopped. Returns whether it is a new one. */
  begin(kind: Kind, now: number): boolean {
    const { cursor, overlap, total, full } = this.stored;
    if (kind === "incremental") {
      this.#run = { kind, startedAt: now, walk: beginWalk(cursor, overlap, total) };
      return true;
    }
    const resumed = full !== null && now - full.startedAt < RESUME_MAX ? full : null;
    const pass = resumed ?? { startedAt: now, cursor: START };
    this.stored.full = pass;
    this.#run = { kind, startedAt: now, walk: beginWalk(pass.cursor, OVERLAP_MIN, total) };
    return resumed === null;
  }

  /** Offset of the next request of the running pass. */
  get nextOffset(): number {
    return this.#run?.walk.nextOffset ?? 0;
  }

  /** The process dies. */
  stop(): void {
    this.#run = null;
  }

  take(page: Page, now: number): Outcome {
    if (this.#run === null) throw new Error("no pass is running");
    const { kind, startedAt, walk } = this.#run;
    const step = verifyPage(walk, page);
    const before = kind === "full" ? (this.stored.full?.cursor ?? START) : this.stored.cursor;
    const outcome = { kind, step, walkBefore: walk, missing: [], removed: [] };
    const ended = step.kind === "exhausted" || (step.kind === "accepted" && step.end !== null);
    this.#run = ended ? null : { kind, startedAt, walk: step.walk };
    if (step.kind !== "accepted") return { ...outcome, kept: { before, after: before }, ended };
    const settledBefore = now - LOOKBACK;
    const after = advanceResumeCursor(before, page, settledBefore);
    this.mirror.see(page);
    const absences = this.mirror.takeOut(page, { coverage: step.coverage, startedAt, settledBefore }, now);
    if (kind === "incremental") this.#keep(after, step, walk.pages === 0);
    else this.#keepFull(after, step);
    return { ...outcome, ...absences, kept: { before, after }, ended };
  }

  #keep(cursor: Cursor, { page, overlapNeeded }: Accepted, isFirst: boolean): void {
    const overlap = isFirst
      ? learnOverlap(this.stored.overlap, overlapNeeded, page.limit)
      : this.stored.overlap;
    this.stored = { ...this.stored, cursor, overlap, total: page.total };
  }

  #keepFull(cursor: Cursor, { page: { total }, end }: Accepted): void {
    const { full } = this.stored;
    if (full === null) throw new Error("a full pass has a state");
    if (end === null) this.stored = { ...this.stored, total, full: { ...full, cursor } };
    else this.stored = { ...this.stored, total, cursor, full: null };
  }
}

type Accepted = Extract<Outcome["step"], { kind: "accepted" }>;
