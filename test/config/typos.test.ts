import { expect, test } from "vitest";

import { distance, likelyTypos } from "../../src/config/typos.ts";

test.each([
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["abc", "ab", 1],
  ["abc", "xabc", 1],
  ["abc", "axcx", 2],
  ["abcdef", "", 3],
  ["abcdef", "uvwxyz", 3],
])("from %s to %s it is %d", (a, b, expected) => {
  expect([distance(a, b), distance(b, a)]).toEqual([expected, expected]);
});

test("a short name allows one slip, a long one two; a known name is no typo of another", () => {
  const known = ["DATA_DIR", "DATA_DIRS", "REMOVAL_GRACE"];
  const env = { DATA_DIRS: "", DATE_DIR: "", DATE_DUR: "", REMOVEL_GRASE: "", REMOVEL_GRASS: "" };
  expect(likelyTypos(env, known).map((line) => line.split(" ")[0])).toEqual(["DATE_DIR", "REMOVEL_GRASE"]);
});

test("Windows' own spelling of a name that is set is no typo", () => {
  expect(likelyTypos({ Data_Dir: "x", DATA_DIR: "x" }, ["DATA_DIR"])).toEqual([]);
});

test("a hostile name is made printable", () => {
  expect(likelyTypos({ "DATA_DIR\u001b": "x" }, ["DATA_DIR"]).join("")).not.toContain("\u001b");
});
