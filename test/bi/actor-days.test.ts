import { expect, test } from "vitest";

import { writeActorDays } from "../../src/mirror/actor-days.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { databaseClockOf } from "../support/database-clock.ts";
import { SOURCE, calendarOf, createHistory } from "./history.ts";
import type { History } from "./history.ts";

async function addRun({ sql, at }: History, ended: number, kind = "incremental", complete = false) {
  await sql(
    `insert into apify.sync_runs (source, kind, trigger, status, started_at, finished_at, complete)
      values ($1, $2, 'schedule', 'succeeded', $3, $3, $4)`,
    [SOURCE, kind, at(ended), complete],
  );
}

/** At an hour of today. */
async function write(history: History, hour = 12): Promise<string[]> {
  await using database = openDatabase(history.url);
  const now = history.at(calendarOf(history).hoursAgo(0, hour)).getTime();
  return await writeActorDays(database.db, SOURCE, databaseClockOf({ now: () => now }));
}

async function dailyOf({ sql }: History) {
  return sql(
    `select day::text, created::int, gone::int, live::int, items::int, inflated_bytes::int as bytes,
      live_change::int as change from apify_bi.daily order by day`,
  );
}

test("each day that was watched has what it ended with, and the difference to the day before", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await history.add(
    {
      id: "written to",
      created: hoursAgo(9, 1),
      actor: "one",
      states: [
        { from: hoursAgo(4, 1), items: 1, bytes: 10 },
        { from: hoursAgo(2, 12), items: 5, bytes: 50 },
      ],
    },
    { id: "new", created: hoursAgo(3, 5), actor: "two", states: [{ from: hoursAgo(3, 6), items: 2 }] },
    {
      id: "deleted",
      created: hoursAgo(9, 1),
      states: [{ from: hoursAgo(4, 1), items: 9, gone: hoursAgo(2, 23) }],
    },
  );
  await addRun(history, hoursAgo(4, 2), "full", true);
  for (const days of [3, 2, 1]) await addRun(history, hoursAgo(days, 20));
  expect(await write(history)).toEqual([4, 3, 2, 1].map(dayOf));
  expect(await dailyOf(history)).toEqual([
    { day: dayOf(4), created: 0, gone: 0, live: 2, items: 10, bytes: 10, change: null },
    { day: dayOf(3), created: 1, gone: 0, live: 3, items: 12, bytes: 10, change: 1 },
    { day: dayOf(2), created: 0, gone: 1, live: 2, items: 7, bytes: 50, change: -1 },
    { day: dayOf(1), created: 0, gone: 0, live: 2, items: 7, bytes: 50, change: 0 },
  ]);
  expect(
    await history.sql(
      `select actor_id as actor, created::int, gone::int, live::int, items::int, live_change::int as change
        from apify_bi.actor_daily where day = $1 order by 1`,
      [dayOf(2)],
    ),
  ).toEqual([
    { actor: "one", created: 0, gone: 0, live: 1, items: 5, change: 0 },
    { actor: "two", created: 0, gone: 0, live: 1, items: 2, change: 0 },
    { actor: null, created: 0, gone: 1, live: 0, items: 0, change: -1 },
  ]);
  expect(await write(history)).toEqual([]);
});

test("an Actor's first day counts from none, but not on the account's first", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await history.add(
    { id: "old", created: hoursAgo(9, 1), actor: "one", states: [{ from: hoursAgo(2, 1) }] },
    { id: "new", created: hoursAgo(1, 1), actor: "two", states: [{ from: hoursAgo(1, 1) }] },
  );
  for (const days of [2, 1]) await addRun(history, hoursAgo(days, 2), "full", true);
  await write(history);
  expect(
    await history.sql(
      "select day::text, actor_id as actor, live_change::int as change from apify_bi.actor_daily order by 1, 2",
    ),
  ).toEqual([
    { day: dayOf(2), actor: "one", change: null },
    { day: dayOf(1), actor: "one", change: 0 },
    { day: dayOf(1), actor: "two", change: 1 },
  ]);
});

test("a day that nobody watched has no row, nor one before the mirror was complete, and an empty one has zeros", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await addRun(history, hoursAgo(5, 9));
  await addRun(history, hoursAgo(4, 9), "full", true);
  await addRun(history, hoursAgo(1, 9));
  await write(history);
  const nothing = { created: 0, gone: 0, live: 0, items: 0, bytes: 0, change: null };
  expect(await dailyOf(history)).toEqual([
    { day: dayOf(4), ...nothing },
    { day: dayOf(1), ...nothing },
  ]);
});

test("today is written after a proven full pass, and again after the next one", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  const add = (id: string) =>
    history.add({ id, created: hoursAgo(0, 1), states: [{ from: hoursAgo(0, 1), items: 1 }] });
  await addRun(history, hoursAgo(0, 2), "full", true);
  await add("a");
  expect(await write(history, 3)).toEqual([dayOf(0)]);
  await add("b");
  await addRun(history, hoursAgo(0, 4));
  await addRun(history, hoursAgo(0, 5), "full", false);
  expect(await write(history, 6)).toEqual([]);
  expect(await dailyOf(history)).toMatchObject([{ live: 1 }]);
  await addRun(history, hoursAgo(0, 7), "full", true);
  expect(await write(history, 8)).toEqual([dayOf(0)]);
  expect(await dailyOf(history)).toMatchObject([{ day: dayOf(0), created: 2, live: 2, items: 2 }]);
});

test("a day is over when what was created in its last seconds must be listed", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await addRun(history, hoursAgo(1, 20), "full", true);
  expect(await write(history, 0.1)).toEqual([]);
  expect(await write(history, 0.2)).toEqual([dayOf(1)]);
  expect(await write(history, 0.3)).toEqual([]);
});

test("down over midnight: what was created before it and seen after it belongs to the day", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await addRun(history, hoursAgo(2, 1), "full", true);
  await history.add(
    { id: "seen in time", created: hoursAgo(2, 2), states: [{ from: hoursAgo(2, 3), items: 1 }] },
    { id: "seen late", created: hoursAgo(2, 23), states: [{ from: hoursAgo(1, 9), items: 10 }] },
    {
      id: "seen late, then written to",
      created: hoursAgo(2, 23),
      states: [
        { from: hoursAgo(1, 9), items: 100 },
        { from: hoursAgo(1, 10), items: 500 },
      ],
    },
    {
      id: "created after midnight",
      created: hoursAgo(1, 2),
      states: [{ from: hoursAgo(1, 9), items: 1000 }],
    },
    { id: "shared after midnight", created: hoursAgo(9, 2), states: [{ from: hoursAgo(1, 9), items: 1000 }] },
  );
  await addRun(history, hoursAgo(1, 9));
  await write(history);
  expect(await dailyOf(history)).toMatchObject([
    { day: dayOf(2), created: 3, live: 3, items: 111 },
    { day: dayOf(1), created: 1, live: 5, items: 2511 },
  ]);
});

test("a row that was written in the middle of a day is made final when the day is over", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await addRun(history, hoursAgo(1, 1), "full", true);
  await history.add({
    id: "left and came back",
    created: hoursAgo(9, 1),
    states: [
      { from: hoursAgo(5, 1), gone: hoursAgo(1, 5) },
      { from: hoursAgo(1, 7), gone: hoursAgo(1, 9) },
    ],
  });
  await history.sql("insert into apify.actor_days values ($1, $2, 'an Actor', $3, 1, 1, 1, 1, 1)", [
    SOURCE,
    dayOf(1),
    history.at(hoursAgo(1, 6)),
  ]);
  expect(await write(history)).toEqual([dayOf(1)]);
  expect(await dailyOf(history)).toMatchObject([{ day: dayOf(1), created: 0, gone: 2, live: 0, items: 0 }]);
});

test("a long past is written in portions", async () => {
  await using history = await createHistory();
  const { hoursAgo, dayOf } = calendarOf(history);
  await addRun(history, hoursAgo(14, 1), "full", true);
  for (let days = 13; days > 0; days--) await addRun(history, hoursAgo(days, 1));
  const written = [await write(history), await write(history), await write(history)];
  expect(written.map(({ length }) => length)).toEqual([10, 4, 0]);
  expect(written.flat()).toEqual(Array.from({ length: 14 }, (_, index) => dayOf(14 - index)));
});
