import { expect, test } from "vitest";

import { itemJson } from "../../src/api/item-json.ts";

test.for([
  ["2026-01-02 03:04:05+00", "2026-01-02T03:04:05.000Z"],
  ["2026-01-02 03:04:05.1+00", "2026-01-02T03:04:05.100Z"],
  ["2026-01-02 03:04:05.12+00", "2026-01-02T03:04:05.120Z"],
  ["2026-01-02 03:04:05.999999+00", "2026-01-02T03:04:05.999Z"],
])("a time that Postgres writes as %s has three digits: %s", ([cell = "", instant]) => {
  expect(JSON.parse(itemJson({ created_at: cell }))).toMatchObject({ createdAt: instant });
});

test("names are escaped, JSON and counts are passed on as they are", () => {
  const extra = '{"big": 12345678901234567890, "id ": [1.50]}';
  const json = itemJson({ id: "a", name: '"\\\n\u0000', item_count: "9007199254740993", stats: null, extra });
  expect(json).toContain(String.raw`"name":"\"\\\n\u0000","title":null`);
  expect(json).toContain('"itemCount":9007199254740993,"cleanItemCount":null,"stats":{},"actId":null');
  expect(json).toMatch(/,"generalAccess":null,"big": 12345678901234567890, "id ": \[1\.50\]\}$/);
  expect(itemJson({ id: "a", extra: "{}" })).toMatch(/"generalAccess":null\}$/);
});
