import { writeActorDays } from "../../src/mirror/actor-days.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { databaseClockOf } from "../support/database-clock.ts";
import { SOURCE, calendarOf, createHistory } from "./history.ts";
import type { History, Life, State } from "./history.ts";

const DAY = 24;

export interface CookbookAccount extends AsyncDisposable {
  readonly history: History;
  readonly lives: readonly Life[];
}

/** An account of ten datasets with a past, and twenty long gone that tell the retention: seven days. */
export async function createCookbookAccount(): Promise<CookbookAccount> {
  const history = await createHistory();
  const lives = livesOf(calendarOf(history).hoursAgo);
  await history.add(...lives, ...longGone());
  await addRuns(history);
  await using database = openDatabase(history.url);
  const noon = history.at(calendarOf(history).hoursAgo(0, 12)).getTime();
  await writeActorDays(database.db, SOURCE, databaseClockOf({ now: () => noon }));
  return { history, lives, [Symbol.asyncDispose]: () => history[Symbol.asyncDispose]() };
}

/** What a dataset was at a time (hours before now); undefined when it was not listed. */
export function stateAt({ states }: Life, hours: number): State | undefined {
  const state = states.findLast(({ from }) => from > hours);
  return state?.gone !== undefined && state.gone > hours ? undefined : state;
}

const one = (id: string, created: number, more: Omit<Life, "id" | "created">): Life => ({
  id,
  created,
  ...more,
});

function livesOf(on: (days: number, hour: number) => number): Life[] {
  return [
    one("prices", 90 * DAY, {
      actor: "scraper",
      accessed: 2,
      states: [
        { from: 90 * DAY, items: 100, bytes: 1e12, name: "prices" },
        { from: on(1, 10), items: 150, bytes: 2e12, name: "prices" },
      ],
    }),
    one("fresh", on(1, 12), {
      actor: "scraper",
      run: "run 1",
      states: [{ from: on(1, 12), items: 40, bytes: 4e11, reads: 0 }],
    }),
    one("empty", on(2, 8), {
      actor: "crawler",
      run: "run 2",
      states: [{ from: on(2, 8), items: 0, bytes: 0 }],
    }),
    one("idle", 100 * DAY, {
      accessed: 45 * DAY,
      states: [{ from: 90 * DAY, items: 500, bytes: 5e12, name: "archive" }],
    }),
    one("shared", 20 * DAY, {
      owner: "colleague",
      accessed: DAY,
      states: [{ from: 20 * DAY, items: 7, name: "prices", access: "ANYONE_WITH_ID_CAN_READ" }],
    }),
    one("deleted", on(3, 1), { actor: "crawler", states: [{ from: on(3, 1), gone: on(1, 20), items: 9 }] }),
    one("expired", on(9, 6), { actor: "scraper", states: [{ from: on(9, 6), gone: on(2, 6), items: 11 }] }),
    one("back", on(4, 3), {
      actor: "crawler",
      run: "run 3",
      states: [
        { from: on(4, 3), gone: on(3, 3), items: 5, bytes: 5e9 },
        { from: on(2, 3), items: 5, bytes: 5e9 },
      ],
    }),
    one("new", 0.5, { actor: "scraper", states: [{ from: 0.5, items: 1, bytes: 1e9 }] }),
  ];
}

function longGone(): Life[] {
  return Array.from({ length: 20 }, (_, index) => ({
    id: `long gone ${index}`,
    created: 60 * DAY + index,
    states: [{ from: 60 * DAY + index, gone: 53 * DAY + index }],
  }));
}

/** A first full pass five days ago, a run on each day since then, one that failed, and two just now. */
async function addRuns(history: History): Promise<void> {
  const { hoursAgo } = calendarOf(history);
  const add = (ended: number, kind: string, status: string) =>
    history.sql(
      `insert into apify.sync_runs (source, kind, trigger, status, started_at, finished_at, complete, error)
        values ($1, $2, 'schedule', $3, $4::timestamptz - interval '2 seconds', $4, $2 = 'full', $5)`,
      [SOURCE, kind, status, history.at(ended), status === "failed" ? "no answer" : null],
    );
  await add(hoursAgo(5, 1), "full", "succeeded");
  for (const days of [4, 3, 2, 1]) await add(hoursAgo(days, 22), "incremental", "succeeded");
  await add(0.1, "incremental", "failed");
  for (const hours of [0.05, 0.01]) await add(hours, "incremental", "succeeded");
  await history.sql(
    "update apify.sources set live_rows = 7, remote_total = 7, last_full_pass_at = now() - interval '1 hour'",
  );
}
