import { expect, test } from "vitest";

import { unexplainedBy } from "../../src/core/shift.ts";

test.each([
  ["as many rows in the mirror as in the list", 0, 0, 0, { unexplained: 0, remainder: 0 }],
  ["rows are gone", 3, 0, 0, { unexplained: 3, remainder: 0 }],
  ["the mirror lacks rows that cannot be mirrored", -2, 2, 0, { unexplained: 0, remainder: 0 }],
  ["the mirror lacks rows", -2, 0, 0, { unexplained: -2, remainder: 0 }],
  ["no more than what is known to remain", 2, 0, 2, { unexplained: 0, remainder: 2 }],
  ["more than what is known to remain", 3, 0, 2, { unexplained: 1, remainder: 2 }],
  ["what was known to remain has gone", 0, 0, 2, { unexplained: 0, remainder: 0 }],
  ["some of what was known to remain has gone", 1, 0, 2, { unexplained: 1, remainder: 0 }],
  ["the mirror lacks rows now", -1, 0, 2, { unexplained: -3, remainder: 2 }],
])("%s", (_, shift, rejected, remainder, expected) => {
  expect(unexplainedBy({ liveBefore: 100 + shift, offset: 100, rejected }, remainder)).toEqual(expected);
});
