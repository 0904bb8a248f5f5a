import { expect, test } from "vitest";

import { storableJson } from "../../src/mirror/rejected.ts";
import { openMirror } from "../support/mirror.ts";

test("JSON that jsonb cannot hold is kept with visible escapes, what is too long is not", async () => {
  await using mirror = await openMirror();
  const item = { nul: "a\0b", half: "\ud83d", pair: "😀", written: "\\u0000 \\\\ud83d", ["key\0"]: 1 };
  const json = storableJson(item);
  const [row] = await mirror.sql("select $1::jsonb as item", [json]);
  expect(row?.["item"]).toEqual({
    nul: String.raw`a\u0000b`,
    half: String.raw`\ud83d`,
    pair: "😀",
    written: "\\u0000 \\\\ud83d",
    [String.raw`key\u0000`]: 1,
  });
  expect(storableJson({ long: "x".repeat(100_001) })).toBeNull();
});
