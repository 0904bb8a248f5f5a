/** Every question of deploy/bi/cookbook.sql, against an account whose answers are known. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { readCookbook } from "../../bench/support/cookbook.ts";
import { createCookbookAccount, stateAt } from "./cookbook-account.ts";
import type { CookbookAccount } from "./cookbook-account.ts";
import { calendarOf } from "./history.ts";
import type { Life } from "./history.ts";

const QUESTIONS = readCookbook();

let account: CookbookAccount;
beforeAll(async () => {
  account = await createCookbookAccount();
});
afterAll(() => account[Symbol.asyncDispose]());

test("there are thirty questions, numbered, each a query of five lines at most on apify_bi alone", () => {
  expect(QUESTIONS.map(({ question }) => Number.parseInt(question, 10))).toEqual(
    Array.from({ length: 30 }, (_, index) => index + 1),
  );
  for (const { question, lines } of QUESTIONS) {
    expect(lines.length, question).toBeLessThanOrEqual(5);
    const tables = [...lines.join("\n").matchAll(/\b(?:from|join) (\S+)/g)].map(([, name]) => name);
    expect(tables, question).toEqual([expect.stringMatching(/^apify_bi\.\w+$/)]);
  }
});

test.each(QUESTIONS)("$question", async ({ question, query }) => {
  const [answer] = await account.history.sql<{ rows: object[] }>(
    `select coalesce(json_agg(to_json(q)), '[]') as rows from set_config('timezone', 'UTC', false), (${query}) q`,
  );
  const expected = answers()[Number.parseInt(question, 10)];
  expect(answer?.rows.map((row) => Object.values(row))).toEqual(expected);
});

/** The rows of each answer, column by column. */
function answers(): Record<number, unknown[][]> {
  return { ...answersOnHoldings(), ...answersOnTime() };
}

const key = (id: string) => `default/${id}`;
const page = (id: string) => `https://console.apify.com/storage/datasets/${id}`;
/** As JSON has it, of any precision. */
const time = (hours: number) =>
  expect.toSatisfy((text: string) => Date.parse(text) === account.history.at(hours).getTime());

function answersOnHoldings(): Record<number, unknown[][]> {
  const { hoursAgo } = calendarOf(account.history);
  return {
    1: [["default", true, expect.stringMatching(/^Complete, and fresh as of \d+ seconds ago\.$/)]],
    2: [["default", expect.closeTo(36, -2), expect.closeTo(3600, -3), 0]],
    3: [["default", 7, 3, 703, 7_406e9, 7]],
    4: [
      [null, 2, 507, 5_000e9],
      ["scraper", 3, 191, 2_401e9],
      ["crawler", 2, 5, 5e9],
    ],
    5: byMonth(),
    6: [["default", 5406.38]],
    7: [
      [null, 3650],
      ["scraper", 1752.73],
      ["crawler", 3.65],
    ],
    8: [
      [key("idle"), "archive", 500, 5_000e9, page("idle")],
      [key("prices"), "prices", 150, 2_000e9, page("prices")],
      [key("fresh"), null, 40, 400e9, page("fresh")],
      [key("back"), null, 5, 5e9, page("back")],
      [key("new"), null, 1, 1e9, page("new")],
      [key("empty"), null, 0, 0, page("empty")],
      [key("shared"), "prices", 7, null, page("shared")],
    ],
    9: [
      [key("prices"), "prices", 50, 1_000e9, expect.any(String)],
      [key("fresh"), null, 40, 400e9, time(hoursAgo(1, 12))],
      [key("back"), null, 5, 5e9, time(hoursAgo(4, 3))],
      [key("new"), null, 1, 1e9, time(0.5)],
    ],
    10: [
      ["scraper", 91, 1_401e9],
      ["crawler", 5, 5e9],
    ],
    13: [[key("idle"), "archive", 45, 5_000e9]],
    14: [
      [false, 4, 46, 406e9],
      [true, 3, 657, 7_000e9],
    ],
    15: [["colleague", 1, 7]],
    16: [["crawler", 1, 2]],
    23: [["prices", 2, key("prices"), key("shared")]],
    26: [
      [null, 6],
      ["ANYONE_WITH_ID_CAN_READ", 1],
    ],
    27: [["scraper", 1, 40]],
    28: [
      [key("new"), time(0.5), 1, null],
      [key("fresh"), time(hoursAgo(1, 12)), 40, "run 1"],
      [key("prices"), time(90 * 24), 150, null],
    ],
  };
}

function answersOnTime(): Record<number, unknown[][]> {
  const { hoursAgo: on, dayOf } = calendarOf(account.history);
  const yesterday = [on(1, 24), on(1, 0)] as const;
  const expiring = ["back", "empty", "fresh", "new"].map((id) => lifeOf(id));
  return {
    11: expiring.map((life) => [
      key(life.id),
      life.actor,
      stateAt(life, 0)?.items,
      time(life.created - 7 * 24),
      page(life.id),
    ]),
    12: expiring.map((life) => [dateOf(life.created - 7 * 24), 1, stateAt(life, 0)?.items]),
    17: eventsIn(...yesterday).map(([at, ...told]) => [time(at), ...told]),
    18: hourly(),
    19: [
      [time(90 * 24), "created", null, null, 100],
      [time(on(1, 10)), "changed", "item_count, clean_item_count", 100, 150],
    ],
    20: [
      [key("deleted"), time(on(1, 20)), "deleted", 9],
      [key("expired"), time(on(2, 6)), "expired", 11],
    ],
    21: [
      [dayOf(2), "expired", 1],
      [dayOf(1), "deleted", 1],
    ],
    22: [[key("back"), time(on(2, 3))]],
    24: [1, 2, 3, 4, 5].map((day) => daily(day)),
    25: [["scraper", ...grownYesterday("scraper")]],
    29: [[6, "incremental", expect.any(String), 2, "no answer"]],
    30: [[key("new"), true, 1, null, time(0.5)]],
  };
}

function lifeOf(id: string): Life {
  const life = account.lives.find((each) => each.id === id);
  if (life === undefined) throw new Error(`no dataset ${id}`);
  return life;
}

function dateOf(hours: number): string {
  return account.history.at(hours).toISOString().slice(0, 10);
}

/** What happened between two times, newest first. */
function eventsIn(until: number, from: number): Array<[at: number, ...unknown[]]> {
  const { hoursAgo: on } = calendarOf(account.history);
  const events: Array<[number, ...unknown[]]> = [
    [0.5, "created", key("new"), null, null, 1],
    [on(1, 20), "gone", key("deleted"), null, 9, null],
    [on(1, 12), "created", key("fresh"), null, null, 40],
    [on(1, 10), "changed", key("prices"), "item_count, clean_item_count", 100, 150],
  ];
  return events.filter(([at]) => at > until && at <= from);
}

function hourly(): unknown[][] {
  return eventsIn(0, 24)
    .toReversed()
    .map(([at, kind]) => [`${account.history.at(at).toISOString().slice(0, 13)}:00:00+00:00`, kind, 1]);
}

function byMonth(): unknown[][] {
  const groups = new Map<string, [string | null, string, number, number | null]>();
  for (const life of account.lives) {
    const state = stateAt(life, 0);
    if (state === undefined) continue;
    const month = `${dateOf(life.created).slice(0, 7)}-01`;
    const group = groups.get(`${life.actor} ${month}`) ?? [life.actor ?? null, month, 0, null];
    const bytes = typeof state.bytes === "number" ? state.bytes : null;
    groups.set(`${life.actor} ${month}`, [
      group[0],
      month,
      group[2] + 1,
      bytes === null ? group[3] : (group[3] ?? 0) + bytes,
    ]);
  }
  return [...groups.values()].toSorted((a, b) => (b[3] ?? -1) - (a[3] ?? -1));
}

/** A day of the past: created, gone, live, items, and the differences to the day before. */
function daily(days: number): unknown[] {
  const { hoursAgo: on, dayOf } = calendarOf(account.history);
  const isOn = (hours: number | undefined) =>
    hours !== undefined && hours > on(days, 24) && hours <= on(days, 0);
  const created = account.lives.filter((life) => isOn(life.created)).length;
  const gone = account.lives.flatMap(({ states }) => states.filter((state) => isOn(state.gone))).length;
  const [now, before] = [endOf(days), endOf(days + 1)];
  const isFirst = days === 5;
  const changes = isFirst ? [null, null] : [now.live - before.live, now.items - before.items];
  return [dayOf(days), created, gone, now.live, now.items, ...changes];
}

function endOf(days: number, actor?: string): { live: number; items: number } {
  const { hoursAgo } = calendarOf(account.history);
  const states = account.lives
    .filter((life) => actor === undefined || life.actor === actor)
    .map((life) => stateAt(life, hoursAgo(days, 24)))
    .filter((state) => state !== undefined);
  return { live: states.length, items: states.reduce((sum, { items }) => sum + (items ?? 0), 0) };
}

function grownYesterday(actor: string): [items: number, live: number] {
  const [now, before] = [endOf(1, actor), endOf(2, actor)];
  return [now.items - before.items, now.live - before.live];
}
