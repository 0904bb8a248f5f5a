/**
 * The two passes as the service runs them, one request at a time, on the model of the mirror. A stop between any two
 * requests loses what is in memory (`#run`) and keeps what is stored (`stored`).
 */
import { START, learnOverlap, OVERLAP_MIN, advanceResumeCursor } from "../../src/core/cursor.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import type { Page } from "../../src/core/page.ts";
import { beginWalk, verifyPage } from "../../src/core/walk.ts";
import type { Verification, Walk } from "../../src/core/walk.ts";
import { ModelMirror } from "./model-mirror.ts";
import type { MirrorRow } from "./model-mirror.ts";

/** Minutes; more than `LAG_MAX + STALE_MAX`. */
export const LOOKBACK = 10;

export type Kind = "incremental" | "full";

export interface FullState {
  readonly id: number;
  readonly startedAt: number;
  readonly cursor: Cursor;
  /** The cursor the incremental passes go on from when this pass has ended. */
  readonly settled: Cursor;
  readonly sorted: boolean;
}

export interface Stored {
  cursor: Cursor;
  overlap: number;
  total: number | null;
  full: FullState | null;
}

/** What one answer led to. */
export interface Outcome {
  readonly kind: Kind;
  readonly step: Verification<Page["rows"][number] & object>;
  readonly walkBefore: Walk;
  readonly storedBefore: Readonly<Stored>;
  /** The settled cursor of the pass. */
  readonly settled: { readonly before: Cursor; readonly after: Cursor };
  readonly marked: readonly MirrorRow[];
  readonly removed: readonly MirrorRow[];
  readonly ended: boolean;
}

export class Passes {
  readonly mirror = new ModelMirror();
  stored: Stored = { cursor: START, overlap: OVERLAP_MIN, total: null, full: null };
  #run: { kind: Kind; walk: Walk } | null = null;
  #passes = 0;
  readonly #resumesAt: "walk" | "settled";

  constructor(resumesAt: "walk" | "settled" = "walk") {
    this.#resumesAt = resumesAt;
  }

  get running(): Kind | null {
    return this.#run?.kind ?? null;
  }

  /** Begins a pass, or resumes a full one that was stopped. Returns whether it is a new one. */
  begin(kind: Kind, now: number): boolean {
    const isNew = kind === "incremental" || this.stored.full === null;
    if (kind === "incremental") {
      this.#run = { kind, walk: beginWalk(this.stored.cursor, this.stored.overlap, this.stored.total) };
      return isNew;
    }
    this.#passes += 1;
    this.stored.full ??= { id: this.#passes, startedAt: now, cursor: START, settled: START, sorted: true };
    this.#run = { kind, walk: beginWalk(this.#resumeCursor(this.stored.full)) };
    return isNew;
  }

  #resumeCursor({ cursor, settled }: FullState): Cursor {
    return this.#resumesAt === "walk" ? cursor : settled;
  }

  /** Offset of the next request of the running pass. */
  get ask(): number {
    return this.#run?.walk.nextOffset ?? 0;
  }

  /** The process dies. */
  stop(): void {
    this.#run = null;
  }

  take(page: Page, now: number): Outcome {
    if (this.#run === null) throw new Error("no pass is running");
    const { kind, walk } = this.#run;
    const storedBefore = { ...this.stored };
    const judged = verifyPage(walk, page);
    const before = kind === "full" ? (this.stored.full?.settled ?? START) : this.stored.cursor;
    const outcome = { kind, step: judged, walkBefore: walk, storedBefore, marked: [], removed: [] };
    const isEnd = judged.kind === "exhausted" || (judged.kind === "accepted" && judged.end !== null);
    this.#run = isEnd ? null : { kind, walk: judged.walk };
    if (judged.kind !== "accepted") {
      return { ...outcome, settled: { before, after: before }, ended: isEnd };
    }
    this.mirror.upsert(page);
    const after = advanceResumeCursor(before, page, now - LOOKBACK);
    const changes =
      kind === "full"
        ? this.#commitFull(judged, after, now)
        : this.#commitIncremental(judged, after, walk.pages === 0);
    return { ...outcome, ...changes, settled: { before, after }, ended: isEnd };
  }

  #commitIncremental(accepted: Accepted, settled: Cursor, isFirst: boolean): Partial<Outcome> {
    this.stored.cursor = settled;
    if (isFirst) this.stored.overlap = learnOverlap(this.stored.overlap, accepted.overlapNeeded);
    this.stored.total = accepted.page.total;
    return {};
  }

  #commitFull(accepted: Accepted, settled: Cursor, now: number): Partial<Outcome> {
    const state = this.stored.full;
    if (state === null) throw new Error("a full pass has a state");
    const { page, coverage, end } = accepted;
    const marked = coverage === null ? [] : this.mirror.markAbsent(page, coverage, state.id, now);
    const sorted = state.sorted && accepted.sorted;
    this.stored.full = { ...state, cursor: accepted.walk.cursor, settled, sorted };
    if (end === null) return { marked };
    this.stored.full = null;
    this.stored.cursor = settled;
    this.stored.total = page.total;
    return { marked, removed: end === "proven" && sorted ? this.mirror.remove(state, now) : [] };
  }
}

type Accepted = Extract<Outcome["step"], { kind: "accepted" }>;
