import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { itemSchema } from "../../src/apify/contract.ts";
import { SOURCE, dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";
import { openReadApi } from "../support/read-api.ts";
import type { TestReadApi } from "../support/read-api.ts";

const NAMES = [
  "'; drop table apify.datasets; --",
  "$1 $$ \\' E'\\x27 :name ?",
  '"quoted" \\back\\slash\\ \\u0041 {"a":1}',
  "</script><script>alert(1)</script>",
  "line\nbreak\r\ttab \u0001\u001f\u007f\u0085",
  "\u2028\u2029\u202e right to left \u061c",
  "💩 \u{10ffff} é e\u0301",
  "%2e%2e%2f ../../etc/passwd?x=1#y",
  "~tilde~ & = + ,",
  "null",
  "n".repeat(10_000),
];

let stack: AsyncDisposableStack;
let mirror: TestMirror;
let api: TestReadApi;
beforeAll(async () => {
  stack = new AsyncDisposableStack();
  mirror = stack.use(await openMirror());
  api = stack.use(await openReadApi({ db: mirror.db, source: SOURCE }));
  const rows = NAMES.map((name, nth) => dataset(`d${nth}`, nth, hostile(name)));
  await fullPass(mirror, 60, rows);
});
afterAll(() => stack.disposeAsync());

function hostile(name: string) {
  return {
    name,
    title: name,
    username: "me",
    actId: name,
    stats: { [name]: name },
    extraKey: [name, { [name]: null }],
  };
}

const listSchema = z.object({ data: z.object({ items: z.array(itemSchema) }) });

test("hostile names come out as they are, as JSON, now and of the past", async () => {
  for (const prefix of ["", `/at/${new Date(minute(60)).toISOString()}`]) {
    const { data } = listSchema.parse(await api.read(`${prefix}/v2/datasets`));
    expect(data.items.map(({ name }) => name)).toEqual(NAMES);
    expect(data.items).toMatchObject(NAMES.map(hostile));
  }
});

test("a hostile name in a path finds its dataset, and is never SQL", async () => {
  for (const [nth, name] of NAMES.slice(0, -1).entries()) {
    const answer = await api.get(`/v2/datasets/${encodeURIComponent(`me~${name}`)}`);
    expect(z.object({ data: itemSchema }).parse(await answer.json()).data).toMatchObject({
      id: `d${nth}`,
      name,
    });
    for (const path of [
      `/v2/datasets/${encodeURIComponent(name)}`,
      `/at/${encodeURIComponent(name)}/v2/datasets`,
    ]) {
      expect([400, 404]).toContain((await api.get(path)).status);
    }
  }
  expect((await api.get(`/v2/datasets/${encodeURIComponent("nul\0")}`)).status).toBe(404);
  expect((await mirror.sql("select count(*)::int from apify.live_datasets"))[0]).toEqual({
    count: NAMES.length,
  });
  expect(api.failures).toEqual([]);
});
