import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { OVERLAP_MIN, START, learnOverlap } from "../../src/core/cursor.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import type { Listed, Page } from "../../src/core/page.ts";
import { beginWalk } from "../../src/core/walk.ts";
import { countTo, walkThrough } from "../support/walks.ts";

/** An account whose dataset n is created at time n, and of which the oldest vanish. */
class Account {
  readonly limit: number;
  /** Rows that stay behind the cursor. */
  readonly #young: number;
  #from = 0;
  #to: number;
  #cursor: Cursor = START;
  #overlap = OVERLAP_MIN;

  constructor(rows: number, limit: number, young: number) {
    this.#to = rows;
    this.limit = limit;
    this.#young = young;
  }

  /** As many vanish as are created, so `total` tells nothing. */
  slide(rows: number): void {
    this.#from += rows;
    this.#to += rows;
  }

  /** Requests of an incremental tick. */
  tick(): number {
    const { steps } = walkThrough(beginWalk(this.#cursor, this.#overlap), (offset) => this.#page(offset));
    const first = steps.find((step) => step.kind === "accepted");
    if (first?.kind !== "accepted") throw new Error("a list at rest ends a walk");
    this.#overlap = learnOverlap(this.#overlap, first.overlapNeeded, this.limit);
    const last = this.#to - this.#young - 1;
    this.#cursor = { offset: last - this.#from + 1, anchor: rowOf(last) };
    return steps.length;
  }

  /** Requests of a pass from the beginning. */
  full(): number {
    return walkThrough(beginWalk(), (offset) => this.#page(offset)).steps.length;
  }

  #page(offset: number): Page {
    const total = this.#to - this.#from;
    const length = Math.max(0, Math.min(this.limit, total - offset));
    const rows = countTo(length).map((index) => rowOf(this.#from + offset + index));
    return { offset, limit: this.limit, total, rows };
  }
}

function rowOf(time: number): Listed {
  return { id: `d${time}`, createdAt: time };
}

const limits = fc.integer({ min: 8, max: 100 });
/** Of a page. */
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Requests of each of so many ticks, all but the first few. */
function ticks(count: number, tick: () => number): number[] {
  return countTo(count).map(tick).slice(3);
}

describe("requests of a tick over a list that slides", () => {
  test("at an even pace of up to a page: at most 2", () => {
    fc.assert(
      fc.property(limits, share, share, (limit, pace, young) => {
        const account = new Account(40 * limit, limit, Math.floor((young * limit) / 4));
        const counts = ticks(9, () => {
          account.slide(Math.floor(pace * limit));
          return account.tick();
        });
        expect(Math.max(...counts)).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("at an even pace of more than a page: at most 3 more than what is new fills", () => {
    fc.assert(
      fc.property(limits, fc.double({ min: 1, max: 30, noNaN: true }), share, (limit, pages, young) => {
        const account = new Account(40 * limit, limit, Math.floor((young * limit) / 4));
        const pace = Math.floor(pages * limit);
        const counts = ticks(6, () => {
          account.slide(pace);
          return account.tick();
        });
        expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(pace / (limit - OVERLAP_MIN)) + 3);
      }),
    );
  });

  test("not at all: at most 2, however far it slid before", () => {
    fc.assert(
      fc.property(limits, fc.nat(40), share, (limit, pages, young) => {
        const account = new Account(40 * limit, limit, Math.floor((young * limit) / 4));
        account.tick();
        account.slide(pages * limit);
        account.tick();
        const counts = countTo(10).map(() => account.tick());
        expect(Math.max(...counts)).toBeLessThanOrEqual(2);
        expect(counts.at(-1)).toBe(1);
      }),
    );
  });

  test("once by half of its length: no more than a full pass", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 2, max: 400 }), share, (limit, pages, young) => {
        const account = new Account(pages * limit, limit, Math.floor((young * limit) / 4));
        account.tick();
        account.slide(Math.floor((pages * limit) / 2));
        // To look for the anchor takes some requests, which a list of a few pages does not save.
        expect(account.tick()).toBeLessThanOrEqual(account.full() + (pages < 20 ? 3 : 0));
      }),
    );
  });
});
