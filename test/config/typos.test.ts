import { expect, test } from "vitest";

import { likelyTypos } from "../../src/config/typos.ts";

test("a short name may be one letter off, a long one two; a known name is no typo of another", () => {
  const known = ["DATA_DIR", "DATA_DIRS", "REMOVAL_GRACE"];
  const env = { DATA_DIRS: "", DATE_DIR: "", DATE_DUR: "", REMOVEL_GRASE: "", REMOVEL_GRASS: "" };
  expect(likelyTypos(env, known).map((line) => line.split(" ")[0])).toEqual(["DATE_DIR", "REMOVEL_GRASE"]);
});

test("a variable that Windows returns in another case is not reported", () => {
  expect(likelyTypos({ Data_Dir: "x", DATA_DIR: "x" }, ["DATA_DIR"])).toEqual([]);
});

test("a name that could control the terminal is made printable", () => {
  expect(likelyTypos({ "DATA_DIR\u001b": "x" }, ["DATA_DIR"]).join("")).not.toContain("\u001b");
});
