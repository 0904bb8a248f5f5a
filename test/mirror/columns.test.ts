/** The keys of the API's contract, the columns of `apify.datasets`, and the way from one to the other. */
import { expect, test } from "vitest";

import { itemSchema } from "../../src/apify/contract.ts";
import { validateItem } from "../../src/apify/item.ts";
import { COLUMNS, toRow, valuesOf } from "../../src/mirror/row.ts";

const KEYS = Object.entries(itemSchema.shape);

test("every key of the contract has a column, and every column a key", () => {
  const columns = COLUMNS.map(({ name }) => name).filter((name) => name !== "extra");
  expect(KEYS.map(([key]) => columnOf(key)).toSorted()).toEqual(columns.toSorted());
});

test("every value arrives in the column of its key, and unknown keys in extra", () => {
  const samples = KEYS.map(([key, schema], index) => {
    const candidates = [`the ${key}`, `2026-01-01T00:00:${10 + index}.000Z`, 1000 + index, { [key]: index }];
    return [key, candidates.find((candidate) => schema.safeParse(candidate).success)] as const;
  });
  const checked = validateItem({ ...Object.fromEntries(samples), schema: "unknown" }, true);
  if (!("item" in checked)) throw new Error(checked.reason);
  const values = valuesOf(toRow(checked.item, checked.createdAt));
  const stored = Object.fromEntries(COLUMNS.map(({ name }, index) => [name, values[index]]));
  expect(stored).toEqual({
    ...Object.fromEntries(samples.map(([key, sample]) => [columnOf(key), asText(sample)])),
    extra: '{"schema":"unknown"}',
  });
});

function columnOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
