import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { itemSchema } from "../../src/apify/contract.ts";
import { validateItem } from "../../src/apify/item.ts";

const GOOD = {
  id: "wRwJZtadYvn4mBZmm",
  name: null,
  userId: "wRsJZtadYvn4mBZmm",
  username: "jane",
  createdAt: "2026-02-28T16:49:30.287Z",
  modifiedAt: "2026-02-28T16:49:31.000Z",
  accessedAt: null,
  itemCount: 3,
  cleanItemCount: 0,
  actId: null,
  schema: null,
  stats: { readCount: 1, inflatedBytes: 0 },
};

describe("a good item", () => {
  test("is passed on as it came, with its id and its time in milliseconds", () => {
    expect(validateItem(GOOD, true)).toEqual({
      id: GOOD.id,
      createdAt: Date.UTC(2026, 1, 28, 16, 49, 30, 287),
      item: GOOD,
    });
  });

  test("needs no more than an id and a time", () => {
    expect(validateItem({ id: "a", createdAt: GOOD.createdAt }, true)).toHaveProperty("item");
  });

  test("may hold unknown keys with values of any kind", () => {
    expect(validateItem({ ...GOOD, labels: [{ a: 1 }], ["__proto__"]: 1 }, true)).toHaveProperty("item");
  });
});

describe("a bad item is rejected with the key, what was expected and what was found", () => {
  test.each([
    [{ id: undefined }, "id: expected a string of 1 to 255 characters, found nothing"],
    [{ id: 7 }, "id: expected a string of 1 to 255 characters, found 7"],
    [{ id: "" }, "id: expected a string of 1 to 255 characters, found an empty string"],
    [{ id: "x".repeat(256) }, `id: expected a string of 1 to 255 characters, found "${"x".repeat(40)}…"`],
    [{ createdAt: undefined }, "createdAt: expected a time that exists, ISO 8601 in UTC, found nothing"],
    [
      { createdAt: "2026-02-30T00:00:00.000Z" },
      'createdAt: expected a time that exists, ISO 8601 in UTC, found "2026-02-30T00:00:00.000Z"',
    ],
    [
      { modifiedAt: "yesterday" },
      'modifiedAt: expected a time that exists, ISO 8601 in UTC, found "yesterday"',
    ],
    [{ accessedAt: 0 }, "accessedAt: expected a time that exists, ISO 8601 in UTC, found 0"],
    [{ itemCount: -1 }, "itemCount: expected a whole number from 0 to 9007199254740991, found -1"],
    [{ itemCount: 1.5 }, "itemCount: expected a whole number from 0 to 9007199254740991, found 1.5"],
    [{ itemCount: "3" }, 'itemCount: expected a whole number from 0 to 9007199254740991, found "3"'],
    [
      { cleanItemCount: 2 ** 53 },
      "cleanItemCount: expected a whole number from 0 to 9007199254740991, found 9007199254740992",
    ],
    [{ name: 5 }, "name: expected a string, found 5"],
    [{ actRunId: {} }, "actRunId: expected a string, found an object"],
    [{ stats: [] }, "stats: expected an object, found an array"],
    [{ stats: { readCount: Infinity } }, "stats.readCount: a number out of range"],
    [{ name: "a\0b" }, "name: holds NUL or half of a surrogate pair"],
    [{ title: "\uD83D" }, "title: holds NUL or half of a surrogate pair"],
    [{ labels: ["ok", "\0"] }, "labels[1]: holds NUL or half of a surrogate pair"],
    [{ "bad\0key": 1 }, "bad key: the key holds NUL or half of a surrogate pair"],
    [{ labels: deep(33) }, `labels${"[0]".repeat(32)}: nested deeper than 32`],
    [{ name: { "\u001B[31m": 1 } }, "name: expected a string, found an object"],
  ])("%j", (change, reason) => {
    expect(validateItem({ ...GOOD, ...change }, true)).toMatchObject({ reason });
  });

  test.each([
    [null, "expected an object, found null"],
    ["text", 'expected an object, found "text"'],
    [[GOOD], "expected an object, found an array"],
  ])("%j", (raw, reason) => {
    expect(validateItem(raw, true)).toEqual({ reason, raw, id: null, createdAt: null });
  });

  test("with its id and time where they can be read, since it is on the page and so not absent", () => {
    const createdAt = Date.UTC(2026, 1, 28, 16, 49, 30, 287);
    expect(validateItem({ ...GOOD, itemCount: -1 }, true)).toMatchObject({ id: GOOD.id, createdAt });
    expect(validateItem({ ...GOOD, createdAt: "?" }, true)).toMatchObject({ id: GOOD.id, createdAt: null });
    expect(validateItem({ ...GOOD, id: "a\0" }, true)).toMatchObject({ id: null, createdAt });
  });

  test("with what came, in a form that can be stored", () => {
    const rejected = validateItem({ ...GOOD, name: "a\0b", stats: { n: Infinity } }, true);
    expect(rejected).toMatchObject({ raw: { ...GOOD, name: "a\uFFFDb", stats: { n: null } } });
  });

  test("and with one short line, whatever the server wrote", () => {
    const keys = Object.fromEntries([["k\n\u001B[2J".repeat(1000), "\0"]]);
    const rejected = validateItem({ ...GOOD, ...keys }, true);
    expect(rejected).toMatchObject({ reason: expect.stringMatching(/^[ -~…]{1,201}$/) });
  });
});

const NUMBERS = [0, -1, 1.5, -0, 2 ** 53, 1e300, Infinity, Number.NaN];
const TEXTS = ["", "x", "\0", "\uDC00", "😀", "x".repeat(255), "x".repeat(256)];
const TIMES = [
  "2026-02-28T00:00:00Z",
  "2024-02-29T23:59:59.999999Z",
  "2026-02-29T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "2026-01-01T00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:00+00:00",
  "2026-01-01T00:00:00.Z",
];
const OTHERS = [null, undefined, true, [], {}, [1], { a: "\0" }, deep(32), deep(33)];
const KEYS = [...Object.keys(itemSchema.shape), "unknown", "k\0"];
const value = fc.oneof(
  fc.constantFrom<unknown>(...NUMBERS, ...TEXTS, ...TIMES, ...OTHERS),
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
  digitsOfATime(),
);

test("is accepted exactly if the schema of the contract accepts it", () => {
  const changes = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 3, noNullPrototype: true });
  fc.assert(
    fc.property(
      fc.oneof(
        changes.map((change) => ({ ...GOOD, ...change })),
        value,
      ),
      (raw) => {
        expect("item" in validateItem(raw, true)).toBe(itemSchema.safeParse(raw).success);
      },
    ),
    { numRuns: 5000 },
  );
});

/** Texts that are nearly times. */
function digitsOfATime(): fc.Arbitrary<string> {
  const number = fc.integer({ min: 0, max: 70 }).map((part) => String(part).padStart(2, "0"));
  return fc
    .tuple(number, number, number, number, number, fc.constantFrom("", ".5", ".123", ".1234567", "."))
    .map(
      ([month, day, hour, minute, second, rest]) =>
        `2024-${month}-${day}T${hour}:${minute}:${second}${rest}Z`,
    );
}

function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}
