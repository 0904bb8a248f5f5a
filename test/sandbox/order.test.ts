import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NAMED } from "../../src/sandbox/dataset.ts";
import type { StoredDataset } from "../../src/sandbox/dataset.ts";
import { filterOf } from "../../src/sandbox/filter.ts";
import { Order } from "../../src/sandbox/order.ts";

const insertion = fc.record({ kind: fc.constant("insert"), createdAt: fc.integer({ min: 0, max: 50 }) });
const removal = fc.record({ kind: fc.constant("remove"), seeds: fc.array(fc.nat(), { maxLength: 6 }) });
const naming = fc.record({ kind: fc.constant("name"), seed: fc.nat() });
const deed = fc.oneof(insertion, insertion, removal, naming);

test("it behaves as a plain sorted array does, whatever is inserted, removed and named", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 120 }), (deeds) => {
      const order = new Order(1);
      const plain: StoredDataset[] = [];
      for (const [index, step] of deeds.entries()) {
        if ("createdAt" in step) {
          const row = { index, createdAt: step.createdAt, flags: index % 3 === 0 ? NAMED : 0 };
          const at = plain.findLastIndex((other) => other.createdAt <= row.createdAt) + 1;
          plain.splice(at, 0, row);
          order.insert(row);
        } else if (plain.length > 0 && "seeds" in step) {
          const positions = [...new Set(step.seeds.map((seed) => seed % plain.length))];
          const ascending = positions.toSorted((one, other) => one - other);
          for (const position of ascending.toReversed()) plain.splice(position, 1);
          order.remove(ascending);
        } else if (plain.length > 0 && "seed" in step) {
          const position = step.seed % plain.length;
          plain.splice(
            position,
            1,
            ...plain.slice(position, position + 1).map((row) => ({ ...row, flags: NAMED })),
          );
          order.setFlags(position, NAMED);
        }
        expect(rowsOf(order)).toEqual(plain);
        expect(rowsOf(order.clone())).toEqual(plain);
        const named = plain.flatMap((row, position) => ((row.flags & NAMED) === 0 ? [] : [position]));
        expect([...order.view(filterOf({}))]).toEqual(named);
        for (const [position, row] of plain.entries()) expect(order.find(row.index)).toBe(position);
      }
    }),
  );
});

test("a position outside of the list is an error", () => {
  expect(() => new Order().at(0)).toThrow(RangeError);
});

function rowsOf(order: Order): StoredDataset[] {
  return Array.from({ length: order.length }, (_, position) => order.at(position));
}
