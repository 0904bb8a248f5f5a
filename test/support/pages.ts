import type { Listed, Page, Unplaced } from "../../src/core/page.ts";

/** A page written as `a1 b2 c- -`: {a, 1}, {b, 2}, {c} without createdAt, and a row without an id. */
export function pageAt(offset: number, text: string, limit = 10, total = 100): Page {
  return { offset, limit, total, rows: text.split(" ").filter(Boolean).map(rowOf) };
}

function rowOf(text: string): Listed | Unplaced {
  const id = text.slice(0, 1);
  const time = text.slice(1);
  if (id === "-") return { id: null, createdAt: null };
  return time === "-" ? { id, createdAt: null } : { id, createdAt: Number(time) };
}
