/** The reconciling of a run, one request at a time, by the decisions of the program. */
import type { Page } from "../../src/core/page.ts";
import { afterRecheck, beginRecheck, recheckOffset, referenceOf } from "../../src/core/recheck.ts";
import type { Recheck } from "../../src/core/recheck.ts";
import {
  afterProbe,
  beginSearch,
  isFullPassCheaper,
  nextProbe,
  remainderAfter,
  splitBy,
  stretchOf,
} from "../../src/core/search.ts";
import type { Part, Search } from "../../src/core/search.ts";
import { unexplainedBy } from "../../src/core/shift.ts";
import type { ReadFrom } from "../../src/sync/position.ts";
import type { ModelMirror } from "./model-mirror.ts";

export interface Remembered {
  readonly hints: readonly number[];
  readonly remainder: number;
}

export class Reconciler {
  readonly #mirror: ModelMirror;
  readonly #remainder: number;
  #search: Search;
  readonly #unprovable: Set<number>;
  readonly #startedAt: number;
  #recheck: Recheck;
  #left: number;

  constructor(
    mirror: ModelMirror,
    { boundary, rejected, limit }: ReadFrom,
    { hints, remainder: before }: Remembered,
    run: { readonly startedAt: number; readonly requestsMax: number; readonly total: number },
    unprovable: Set<number>,
  ) {
    this.#mirror = mirror;
    this.#startedAt = run.startedAt;
    const liveBefore = mirror.count(-Infinity, boundary.createdAt);
    const standing = { liveBefore, offset: boundary.offset, rejected };
    const { unexplained, remainder } = unexplainedBy(standing, before);
    const known = { limit, requestsMax: boundary.offset === 0 ? 0 : run.requestsMax, hints };
    this.#remainder = remainder;
    this.#search = beginSearch(boundary, liveBefore - boundary.offset, unexplained, known);
    this.#unprovable = unprovable;
    const due = mirror.due(run.startedAt).filter((createdAt) => !unprovable.has(createdAt));
    this.#recheck = beginRecheck(due, run.total);
    this.#left = known.requestsMax;
  }

  /** Where to ask next; null when there is nothing to look for any more. */
  get nextOffset(): number | null {
    const probe = nextProbe(this.#search);
    if (probe !== null) return probe.offset;
    const [row] = this.#recheck.due;
    if (row === undefined || this.#left <= 0) return null;
    return recheckOffset(this.#recheck, this.#rankOf(row), this.#search.limit);
  }

  /** A page was committed. */
  take(page: Page, isFind: boolean): void {
    this.#left -= 1;
    const probe = nextProbe(this.#search);
    if (probe !== null) {
      const split = splitBy(probe, page);
      const measure = (part: Part | null) =>
        part && stretchOf(part, this.#mirror.count(part.from.createdAt, part.to.createdAt));
      const stretches = split && {
        left: measure(split.left),
        shown: measure(split.shown),
        right: measure(split.right),
      };
      this.#search = afterProbe(this.#search, probe, stretches, { isFind, limit: page.limit });
    } else {
      const reference = referenceOf(page)?.createdAt ?? this.#recheck.due.at(0) ?? 0;
      this.#recheck = afterRecheck(this.#recheck, page, this.#rankOf(reference));
      const due = this.#mirror.due(this.#startedAt);
      for (const createdAt of this.#recheck.shown)
        if (due.includes(createdAt)) this.#unprovable.add(createdAt);
    }
  }

  get learned(): Remembered {
    return { hints: this.#search.hints, remainder: remainderAfter(this.#search, this.#remainder) };
  }

  needsFullPass(total: number): boolean {
    return isFullPassCheaper(this.#search, total);
  }

  #rankOf(createdAt: number): number {
    return this.#mirror.count(-Infinity, createdAt);
  }
}
