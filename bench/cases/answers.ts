import { seededRandom } from "../../src/core/random.ts";
import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import type { OffsetOrder } from "../peers/offset-server.ts";
import { openAccount, rate } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import { ratios } from "../support/figures.ts";
import type { Figure } from "../support/figures.ts";
import { residentMb } from "../support/metrics.ts";
import type { EmptyMirror } from "../support/postgres.ts";
import { startProgram } from "../support/program.ts";
import { openReader } from "../support/reader.ts";
import type { Reader } from "../support/reader.ts";
import { openSide } from "../support/side.ts";

const ROWS = 1_000_000;
const TOKEN = "token-of-a-reader";
/** One dataset in five has a version. */
const VERSIONED = ROWS / 5;
/** One in ten has left the list, and another one is somebody else's. */
const HISTORY = [
  "update apify.datasets set missing_since = clock_timestamp(), removed_at = clock_timestamp() where hashtext(id) % 10 = 0",
  "update apify.datasets set user_id = 'somebody-else' where hashtext(id) % 10 = 1",
  `update apify.sources set live_rows = listed, owner_id = me_id, owner_name = me
    from (select count(*) as listed, max(user_id) filter (where user_id <> 'somebody-else') as me_id, max(username) as me
      from apify.live_datasets) l`,
  "vacuum (analyze)",
];
const LISTS = {
  "all, ascending": "unnamed=1",
  "all, descending": "unnamed=1&desc=1",
  "named, ascending": "unnamed=0",
  "named, descending": "unnamed=0&desc=1",
  "owned by me": "unnamed=1&ownership=ownedByMe",
  "shared with me": "unnamed=1&ownership=sharedWithMe",
};
/** Pages at any offset of any list in a round. */
const PAGES = 100;
/** Pages that Apify allows in a second. */
const ALLOWED = 60;
const PAGE = { case: "answers", unit: "ms", must: { atMost: 150 }, aim: { atMost: 25 } } as const;
const RATIO = { case: "answers", unit: "" } as const;

/** The read API at a million datasets, against OFFSET and against what Apify allows. */
export async function answers({ postgres, rounds, progress }: Bench): Promise<Figure[]> {
  await using filled = await postgres.createMirror();
  const past = await fill(filled, progress);
  await using served = startProgram(["serve"], {
    ...{ DATABASE_URL: filled.url, HTTP_PORT: "0", LOG_FORMAT: "json" },
    ...{ API_TOKEN: TOKEN, API_RATE_LIMIT: "10000" },
  });
  const [, url = ""] = await served.printed(/"url":"(http[^"]+)\/"/);
  await using offset = openSide<OffsetOrder, string>("offset-server");
  await using mirror = openReader(url, TOKEN);
  await using plain = openReader(await offset.run({ database: filled.url }), TOKEN);
  await using standing = openReader(`${url}/at/${past}`, TOKEN);
  const figures: Figure[] = [];
  for (const [name, list] of Object.entries(LISTS)) {
    progress(`answers: ${name}`);
    const isPlain = !list.includes("ownership");
    figures.push(...(await placesOf(name, list, rounds, mirror, isPlain ? plain : null)));
  }
  progress("answers: a list of the past");
  figures.push(...(await placesOf("a list of the past", "unnamed=1", rounds, standing, null)));
  progress("answers: any page, one after the other");
  figures.push(...(await paceOf(mirror, url, rounds)));
  progress("answers: the first page after a commit");
  for (const rows of [10, 10_000]) figures.push(await afterCommit(filled, mirror, rows, rounds));
  return figures;
}

/** Fills the mirror. Returns a moment of the past, between its two passes. */
async function fill(filled: EmptyMirror, progress: Bench["progress"]): Promise<string> {
  await using account = await openAccount(ROWS);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  const order = { api: account.url, token: account.token, database: filled.url, kind: "full" } as const;
  progress(`answers: filling the mirror with ${ROWS} rows`);
  await mirror.run(order);
  const past = await filled.ask(
    `select to_char(last_written_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from apify.sources`,
  );
  progress("answers: a history");
  await account.order({ do: "touch", count: VERSIONED });
  await mirror.run(order);
  for (const statement of HISTORY) await filled.ask(statement);
  return String(past);
}

/** Pages at the beginning, in the middle and at the end of a list, in turns with those of the plain server. */
async function placesOf(
  name: string,
  list: string,
  rounds: number,
  mirror: Reader,
  plain: Reader | null,
): Promise<Figure[]> {
  const total = await mirror.total(list);
  const places = {
    "first page": 0,
    "middle page": Math.floor(total / 2),
    "last page": Math.max(0, total - 1000),
  };
  const figures: Figure[] = [];
  const times: Record<string, number[]> = {};
  for (const [place, offset] of Object.entries(places)) {
    const query = `${list}&offset=${offset}`;
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      const [ms, plainMs] = [await mirror.read(query), await (plain?.read(query) ?? NaN)];
      if (round === 0) continue;
      ours.push(ms);
      theirs.push(plainMs);
    }
    times[place] = ours;
    figures.push({ ...PAGE, name: `${name}: ${place}`, rounds: ours });
    if (plain !== null) {
      figures.push({
        ...RATIO,
        name: `${name}: ${place}, OFFSET takes times as long`,
        rounds: ratios(theirs, ours),
      });
    }
  }
  const { "first page": first = [], "last page": last = [] } = times;
  return [
    ...figures,
    { ...RATIO, name: `${name}: last page / first page`, rounds: ratios(last, first), must: { atMost: 2 } },
  ];
}

/** Service, Postgres and reader take turns, so that together they have no more than one core. */
async function paceOf(mirror: Reader, url: string, rounds: number): Promise<Figure[]> {
  const random = seededRandom(1);
  const totals = await Promise.all(
    Object.values(LISTS).map(async (list) => [list, await mirror.total(list)] as const),
  );
  const anyPage = () => {
    const [list, total] = totals[Math.floor(random() * totals.length)] ?? ["", 0];
    return `${list}&offset=${Math.floor(random() * (total - 1000))}`;
  };
  const paces = {
    raw: [] as number[],
    brotli: [] as number[],
    slowest: [] as number[],
    memory: [] as number[],
  };
  for (let round = 0; round <= rounds; round += 1) {
    const raw = await readAll(mirror, anyPage, {});
    const brotli = await readAll(mirror, anyPage, { "accept-encoding": "br" });
    const memory = await residentMb(url);
    if (round === 0) continue;
    paces.raw.push(rate(PAGES, sum(raw)));
    paces.brotli.push(rate(PAGES, sum(brotli)));
    paces.slowest.push(Math.max(...raw));
    paces.memory.push(memory);
  }
  const { raw, brotli, slowest, memory } = paces;
  return [
    { ...PAGE, name: `the slowest of ${PAGES} pages at any offset`, rounds: slowest },
    {
      ...RATIO,
      name: "pages on one core",
      unit: "pages/s",
      rounds: raw,
      must: { atLeast: ALLOWED },
      aim: { atLeast: 200 },
    },
    { ...RATIO, name: "pages on one core / what Apify allows", rounds: raw.map((pace) => pace / ALLOWED) },
    { ...RATIO, name: "pages on one core, by brotli", unit: "pages/s", rounds: brotli },
    { ...RATIO, name: "memory of the service", unit: "MB", rounds: memory },
    {
      ...RATIO,
      name: "memory after the last round / after the first",
      rounds: [(memory.at(-1) ?? NaN) / (memory[0] ?? NaN)],
      must: { atMost: 1.1 },
    },
  ];
}

async function readAll(
  reader: Reader,
  query: () => string,
  headers: Record<string, string>,
): Promise<number[]> {
  const times: number[] = [];
  while (times.length < PAGES) times.push(await reader.read(query(), headers));
  return times;
}

/** The page that has to find out what a commit changed. */
async function afterCommit(
  filled: EmptyMirror,
  mirror: Reader,
  rows: number,
  rounds: number,
): Promise<Figure> {
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await filled.ask(`with at as (update apify.sources set last_written_at = clock_timestamp() returning last_written_at)
      update apify.datasets set written_at = last_written_at, item_count = item_count + 1 from at
      where missing_since is null and hashtext(id || '${round}') % ${ROWS / rows} = 0`);
    times.push(await mirror.read("unnamed=1&offset=500000"));
  }
  return { ...PAGE, name: `the first page after a commit of ${rows} rows`, rounds: times };
}

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
