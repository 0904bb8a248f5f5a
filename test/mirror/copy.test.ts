import * as fc from "fast-check";
import { expect, test } from "vitest";

import { validateItem } from "../../src/apify/item.ts";
import { copyIn } from "../../src/mirror/copy.ts";
import { transact } from "../../src/mirror/database.ts";
import { toRow } from "../../src/mirror/row.ts";
import type { Row } from "../../src/mirror/row.ts";
import { upsert } from "../../src/mirror/upsert.ts";
import { listed, mirrored } from "../support/equal.ts";
import { dataset, minute, minuteText, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

/** What COPY, arrays, JSON or a terminal could take for something else than text. */
const HOSTILE = [
  ...[
    "",
    " ",
    "\\",
    "\\\\",
    "\\N",
    "\\.",
    "\\t",
    "\\x41",
    "\\101",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\\\n",
    "\u007f",
  ],
  ...[
    "NULL",
    "null",
    "{}",
    "{",
    '"',
    "'",
    "$1",
    "'; drop table apify.datasets; --",
    "<b>",
    "\u001b[2J",
    "\u202e",
  ],
  ...["😀", "👩‍👩‍👧", "é", "e\u0301", "\ufeff", "\ufffd", "\uffff", "\u{10ffff}", "__proto__", "constructor"],
];
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: fc.constantFrom(...HOSTILE), maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 30 }).map((all) => all.replaceAll("\0", "")),
);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 5 });
const quantity = maybe(fc.maxSafeNat());
const instant = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());
/** V8 takes some escaped keys for others before this program sees them (nodejs/node#63785), so none here needs an escape. */
const key = text.map((all) => all.replaceAll(/["\\\p{Cc}]/gu, ""));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
})).object;
const described = fc.record(
  {
    ...{ name: maybe(text), title: maybe(text), userId: maybe(text), username: maybe(text) },
    ...{ actId: maybe(text), actRunId: maybe(text), generalAccess: maybe(text), itemCount: quantity },
    ...{ createdAt: instant, modifiedAt: maybe(instant), accessedAt: maybe(instant), stats: maybe(json) },
    ...{ cleanItemCount: quantity, unknown: json },
  },
  { requiredKeys: ["createdAt"] },
);
const ids = fc.uniqueArray(
  text.filter((id) => id.length > 0),
  { minLength: 1, maxLength: 12 },
);

/** As the API would send it: keys that no JavaScript object has by itself are there. */
function sent({ unknown = {}, ...item }: { unknown?: object }) {
  const whole = Object.fromEntries([...Object.entries(unknown), ...Object.entries(item)]);
  const judged = validateItem(JSON.parse(JSON.stringify(whole)), true);
  if (!("item" in judged)) throw new Error(judged.reason);
  return judged.item;
}

test("whatever a dataset holds, COPY and upsert store the same, and both what the API said", async () => {
  await using mirror = await openMirror();
  const page = ids.chain((all) => fc.tuple(...all.map((id) => described.map((item) => ({ id, ...item })))));
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(page, text, async (items, source) => {
      const [copied, upserted] = [`${source} copied ${runs}`, `${source} upserted ${runs++}`];
      const told = items.map(sent);
      const rows = told.map((item) => toRow(item, Date.parse(item.createdAt)));
      await copy(mirror, copied, rows);
      await upsert(mirror.db, upserted, rows, minuteText(1));
      const stored = await mirror.sql(DIFFERING, [copied, upserted]);
      expect(stored, "columns in which the two differ").toEqual([]);
      const where = "apify.datasets where source = $1";
      expect(await mirrored(mirror.url, where, [copied])).toEqual(listed(told));
    }),
    { numRuns: 60 },
  );
});

/** Rows of one source that the other has not, in all columns. */
const DIFFERING = `
  with one as (select to_jsonb(d) - 'source' as row from apify.datasets d where source = $1),
    other as (select to_jsonb(d) - 'source' as row from apify.datasets d where source = $2)
  (table one except table other) union all (table other except table one)`;

test("a name of 10 MB goes the same way by COPY and by upsert", async () => {
  await using mirror = await openMirror();
  const name = "\\N\t\n\r\\😀é\"'".repeat(700_000);
  const row = dataset("huge", 0, { name });
  await copy(mirror, "copied", [row]);
  await upsert(mirror.db, "upserted", [row], minuteText(1));
  const stored = await mirror.sql("select source from apify.datasets where name = $1 order by source", [
    name,
  ]);
  expect(stored).toEqual([{ source: "copied" }, { source: "upserted" }]);
});

/** Longer than what sockets take at once, so that lines still wait when an early one fails. */
const LONG = Array.from({ length: 450 }, (_, index) =>
  dataset(`id${index}`, index, { name: "x".repeat(50_000) }),
);

test("refused at its first rows while lines still wait: the page goes in by upsert", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.commit(run, { rows: [dataset("id0", 0)] });
  await mirror.sql("update apify.datasets set missing_since = now(), removed_at = now()");
  expect(await mirror.commit(run, { rows: LONG, pagesBefore: 1 })).toMatchObject({
    inserted: 450,
    updated: 1,
  });
});

test("a dataset whose createdAt changed, among many new ones: it is updated where it is, with its version", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.commit(run, { rows: [dataset("moved", 5000)] });
  const fresh = Array.from({ length: 60 }, (_, index) => dataset(`new${index}`, index));
  const rows = [...fresh, dataset("moved", 60)];
  const page = { rows, pagesBefore: 1 };
  mirror.now = minute(1);
  expect(await mirror.commit(run, page)).toMatchObject({ inserted: 61, updated: 1, unchanged: 0 });
  expect(await mirror.sql("select created_at from apify.live_datasets where id = 'moved'")).toEqual([
    { created_at: new Date(minute(60)) },
  ]);
  expect(await mirror.sql("select id from apify.dataset_versions")).toEqual([{ id: "moved" }]);
});

test("the server's process ends in the middle of COPY: told as a failure that may pass, and the next try works", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.sql(`create function die() returns trigger language plpgsql as
    $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
  await mirror.sql("create trigger die before insert on apify.datasets for each row execute function die()");
  await expect(mirror.commit(run, { rows: LONG })).rejects.toMatchObject({
    name: "DatabaseError",
    isTransient: true,
  });
  await mirror.sql("drop trigger die on apify.datasets");
  expect(await mirror.commit(run, { rows: LONG })).toMatchObject({ pages: 1, inserted: 450 });
});

function copy({ db }: TestMirror, source: string, rows: readonly Row[]): Promise<void> {
  return transact(db, (tx) => copyIn(tx.$client, source, rows, minuteText(1)));
}
