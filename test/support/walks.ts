import { START } from "../../src/core/cursor.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import type { Listed, Page } from "../../src/core/page.ts";
import { verifyPage } from "../../src/core/walk.ts";
import type { Verification, Walk } from "../../src/core/walk.ts";

/** Rows r0, r1, ... created at the given times, in that order. */
export function listOf(...times: number[]): Listed[] {
  return times.map((createdAt, index) => ({ id: `r${index}`, createdAt }));
}

export function countTo(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index);
}

export function pageOf(list: readonly Listed[], offset: number, limit: number, total = list.length): Page {
  return { offset, limit, total, rows: list.slice(offset, offset + limit) };
}

/** The cursor behind row `index`. */
export function behind(list: readonly Listed[], index: number): Cursor {
  const row = list[index];
  return row ? { offset: index + 1, anchor: { id: row.id, createdAt: row.createdAt } } : START;
}

/** More than any walk of these tests may take. */
const STEPS_MAX = 20_000;

/** Walks a list that a callback may change before every answer. */
export function walkThrough(
  begun: Walk,
  serve: (ask: number, request: number) => Page,
): { steps: Verification<Listed>[]; ids: Set<string> } {
  const steps: Verification<Listed>[] = [];
  const ids = new Set<string>();
  for (let walk = begun; ;) {
    const judged = verifyPage(walk, serve(walk.nextOffset, steps.length));
    steps.push(judged);
    walk = judged.walk;
    if (judged.kind === "exhausted") return { steps, ids };
    if (steps.length > STEPS_MAX) throw new Error("the walk does not end");
    if (judged.kind === "realigned") continue;
    for (const { id } of judged.page.rows) if (id !== null) ids.add(id);
    if (judged.end !== null) return { steps, ids };
  }
}
