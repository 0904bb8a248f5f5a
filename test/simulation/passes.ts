/**
 * The passes as the service runs them, one request at a time, on the model of the mirror. A stop between any two
 * requests loses what is in memory (`#runs`) and keeps what is stored (`stored`).
 */
import { OVERLAP_MIN, START } from "../../src/core/cursor.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import { coverageOf } from "../../src/core/coverage.ts";
import type { Coverage } from "../../src/core/coverage.ts";
import type { Listed } from "../../src/core/page.ts";
import { beginWalk, verifyPage } from "../../src/core/walk.ts";
import type { Verification } from "../../src/core/walk.ts";
import { judgedUntil, positionAfter, readFromOf } from "../../src/sync/position.ts";
import type { PassPosition, ReadFrom } from "../../src/sync/position.ts";
import { ModelMirror } from "./model-mirror.ts";
import type { Absences } from "./model-mirror.ts";
import { Reconciler } from "./reconciler.ts";
import type { Remembered } from "./reconciler.ts";
import type { Answer, Request } from "./server.ts";

/** Minutes; more than `LAG_MAX + STALE_MAX`. */
export const LOOKBACK = 10;
/** Minutes; a full pass that began longer ago is begun anew. */
export const RESUME_MAX = 60;
/** Rows; more than a server answers at a time. */
const PAGE_SIZE = 1000;

export type Kind = "incremental" | "named" | "full";

interface Resumable {
  readonly cursor: Cursor;
  readonly rejected: number;
}

export interface Stored {
  readonly incremental: Resumable & { readonly overlap: number };
  readonly full: (Resumable & { readonly startedAt: number }) | null;
  readonly total: number | null;
  readonly hasFullPass: boolean;
  readonly reconcile: Remembered;
}

interface Run {
  readonly kind: Kind;
  readonly startedAt: number;
  position: PassPosition;
  readFrom: ReadFrom | null;
  reconciler: Reconciler | null;
  /** Nothing since the last commit: another run may be served. */
  isBetweenCommits: boolean;
}

/** What one answer led to. */
export interface Outcome extends Absences {
  readonly kind: Kind;
  /** Null for a page that was asked for to reconcile. */
  readonly step: Verification<Listed> | null;
  /** Of a page that was accepted. */
  readonly coverage: Coverage | null;
  readonly before: PassPosition;
  readonly after: PassPosition;
  readonly ended: boolean;
  readonly needsFullPass: boolean;
}

export class Passes {
  readonly mirror = new ModelMirror();
  stored: Stored = {
    incremental: { cursor: START, overlap: OVERLAP_MIN, rejected: 0 },
    full: null,
    total: null,
    hasFullPass: false,
    reconcile: { hints: [], remainder: 0 },
  };
  readonly #requestsMax: number;
  /** What the process remembers of rows that were looked for again in vain. */
  #unprovable = new Set<number>();
  /** The last one is under way; those before it wait for it. */
  #runs: Run[] = [];

  /** `reconcileRequests`: what a run may spend on finding what is gone. */
  constructor(reconcileRequests: number) {
    this.#requestsMax = reconcileRequests;
  }

  get running(): Kind | null {
    return this.#runs.at(-1)?.kind ?? null;
  }

  /** Whether an incremental run may begin now, if need be inside of a longer one. */
  get isFree(): boolean {
    const run = this.#runs.at(-1);
    if (run === undefined) return true;
    return (
      run.kind !== "incremental" && run.isBetweenCommits && this.stored.incremental.cursor.anchor !== null
    );
  }

  /** Begins a run, or resumes a full pass that was stopped. Returns its kind, and whether its pass is a new one. */
  begin(asked: Kind, now: number): { readonly kind: Kind; readonly isNew: boolean } {
    const { incremental, full, total, hasFullPass } = this.stored;
    const kind = incremental.cursor.anchor === null && !hasFullPass ? "full" : asked;
    const resumed = kind === "full" && full !== null && now - full.startedAt < RESUME_MAX ? full : null;
    const fresh = { cursor: START, rejected: 0, startedAt: now };
    const from = kind === "incremental" ? incremental : (resumed ?? fresh);
    if (kind === "full") this.stored = { ...this.stored, full: resumed ?? fresh };
    const walk = beginWalk(
      from.cursor,
      kind === "incremental" ? incremental.overlap : OVERLAP_MIN,
      kind === "named" ? null : total,
    );
    const { cursor: resumeCursor, rejected } = from;
    const position = {
      walk,
      resumeCursor,
      rejected,
      overlap: incremental.overlap,
      pages: 0,
      settledFrom: -Infinity,
      end: null,
    };
    const begun = { readFrom: null, reconciler: null, isBetweenCommits: false };
    this.#runs.push({ kind, startedAt: now, position, ...begun });
    return { kind, isNew: resumed === null };
  }

  /** The next request of the run under way. */
  get request(): Request {
    const run = this.#run;
    const offset = run.reconciler?.nextOffset ?? run.position.walk.nextOffset;
    const limit = run.reconciler === null ? PAGE_SIZE : (run.readFrom?.limit ?? PAGE_SIZE);
    return { offset, limit, namedOnly: run.kind === "named" };
  }

  /** The process dies. */
  stop(): void {
    this.#runs = [];
    this.#unprovable = new Set();
  }

  take(answer: Answer, now: number): Outcome {
    const run = this.#run;
    const outcome = run.reconciler === null ? this.#walk(run, answer, now) : this.#look(run, answer, now);
    if (outcome.ended) this.#runs.pop();
    return outcome;
  }

  get #run(): Run {
    const run = this.#runs.at(-1);
    if (run === undefined) throw new Error("no run is under way");
    return run;
  }

  #walk(run: Run, answer: Answer, now: number): Outcome {
    const { kind, position: before } = run;
    const step = verifyPage(before.walk, answer.page);
    const nothing = { coverage: null, missing: [], removed: [], needsFullPass: false };
    run.isBetweenCommits = step.kind === "accepted";
    if (step.kind !== "accepted") {
      run.position = { ...before, walk: step.walk };
      return { kind, step, ...nothing, before, after: run.position, ended: step.kind === "exhausted" };
    }
    const settledBefore = now - LOOKBACK;
    const after = positionAfter(before, step, answer, kind, settledBefore);
    run.readFrom ??= readFromOf(before, answer);
    run.position = after;
    const coverage = kind === "named" ? null : step.coverage;
    const judged = judgedUntil(before, step, settledBefore);
    const absences = this.#commit(run, answer, { coverage, settledBefore: judged }, now);
    this.#keep(run, answer);
    const ended = after.end !== null && !this.#reconciles(run);
    return { kind, step, ...absences, coverage, before, after, ended, needsFullPass: false };
  }

  /** A page that was asked for to find what is gone. */
  #look(run: Run, answer: Answer, now: number): Outcome {
    const { kind, position, reconciler } = run;
    const held = this.mirror.rows.size;
    const coverage = coverageOf(null, answer.page);
    const absences = this.#commit(run, answer, { coverage, settledBefore: now - LOOKBACK }, now);
    reconciler?.take(answer.page, absences.missing.length > 0 || this.mirror.rows.size > held);
    const ended = !this.#reconciles(run);
    const needsFullPass = ended && (reconciler?.needsFullPass(this.stored.total ?? 0) ?? false);
    const stand = { before: position, after: position, ended, needsFullPass };
    return { kind, step: null, ...absences, coverage, ...stand };
  }

  #commit(
    { startedAt }: Run,
    answer: Answer,
    { coverage, settledBefore }: { coverage: Coverage | null; settledBefore: number },
    now: number,
  ): Absences {
    this.mirror.see(answer);
    if (coverage === null) return { missing: [], removed: [] };
    return this.mirror.takeOut(answer.page, { coverage, startedAt, settledBefore }, now);
  }

  #keep(
    { kind, position: { resumeCursor: cursor, rejected, overlap, end } }: Run,
    { page: { total } }: Answer,
  ): void {
    const { full } = this.stored;
    if (kind === "named") return;
    if (kind === "incremental") {
      this.stored = { ...this.stored, total, incremental: { cursor, rejected, overlap } };
    } else if (end === null) {
      this.stored = { ...this.stored, total, full: full && { ...full, cursor, rejected } };
    } else {
      const { hints } = this.stored.reconcile;
      const incremental = { ...this.stored.incremental, cursor, rejected };
      const reconcile = { hints, remainder: 0 };
      this.stored = { ...this.stored, total, incremental, full: null, hasFullPass: true, reconcile };
    }
  }

  /** Whether the run has still something to look for. */
  #reconciles(run: Run): boolean {
    if (run.kind !== "incremental" || run.readFrom === null) return false;
    const { startedAt, readFrom } = run;
    const total = run.position.walk.total ?? 0;
    const options = { startedAt, requestsMax: this.#requestsMax, total };
    run.reconciler ??= new Reconciler(
      this.mirror,
      readFrom,
      this.stored.reconcile,
      options,
      this.#unprovable,
    );
    if (run.reconciler.nextOffset !== null) return true;
    this.stored = { ...this.stored, reconcile: run.reconciler.learned };
    return false;
  }
}
