import { expect } from "vitest";

import { BIG, BI_VIEWS } from "../reader.ts";

/** What the role must be refused. */
export const WRITES = [
  "delete from apify.sync_runs",
  "create table apify_bi.mine (id int)",
  "update apify_bi.runs set error = null",
];

/** What each client printed, by the first word of its lines. */
export function findingsOf(printed: string) {
  const lines = printed
    .trim()
    .split("\n")
    .map((line) => line.split("\t"));
  const of = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...fields]) => fields);
  return {
    views: of("view"),
    columns: of("column"),
    rows: of("row"),
    refused: of("refused"),
    done: of("done"),
  };
}

/** `created`: when the dataset `big` was created, in milliseconds. */
export function expectSound(
  { views, rows, refused, done }: ReturnType<typeof findingsOf>,
  created: string,
): void {
  expect(new Set(views.map(([name]) => name))).toEqual(new Set(BI_VIEWS));
  expect(views.filter(([, comment]) => (comment?.length ?? 0) < 20)).toEqual([]);
  expect(rows).toEqual([["big", created, BIG, "null", "true"]]);
  expect(refused.map(([write]) => write)).toEqual(WRITES);
  expect(new Set(refused.map(([, code]) => code))).toEqual(new Set(["42501"]));
  expect(done).toEqual([]);
}
