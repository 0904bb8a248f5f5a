import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { SandboxesOrder, SandboxesTold } from "../peers/sandboxes.ts";
import type { Bench } from "../support/bench.ts";
import { median, tableOf } from "../support/figures.ts";
import type { Figure } from "../support/figures.ts";
import { startProgram } from "../support/program.ts";
import type { EmptyMirror } from "../support/postgres.ts";
import { openSide } from "../support/side.ts";

interface FleetOrder {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Seconds between two incremental ticks. */
  readonly tickS: number;
  /** Ticks that are measured. */
  readonly ticks: number;
}

const PROCESSES = 3;
const LATENCY_MS = 50;
const SAMPLE_MS = 1000;

/** Evenly on a logarithmic scale. */
const spread = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, nth) => Math.round(from * (to / from) ** (nth / (count - 1))));

const ORDERS: readonly FleetOrder[] = [
  { name: "200 accounts of 500 to 50 000", sizes: spread(200, 500, 50_000), tickS: 10, ticks: 9 },
  { name: "1 000 accounts of 1 000", sizes: Array<number>(1000).fill(1000), tickS: 60, ticks: 3 },
];

/** How fresh many accounts are that three processes share, and what that costs each of them. */
export async function fleet(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const order of ORDERS) {
    const measured = await measure(bench, order);
    bench.progress(`\n${tableOf(measured)}`);
    figures.push(...measured);
  }
  return figures;
}

async function measure({ postgres, progress }: Bench, order: FleetOrder): Promise<Figure[]> {
  const { name, sizes, tickS, ticks } = order;
  await using sandboxes = openSide<SandboxesOrder, SandboxesTold>("sandboxes");
  await using mirror = await postgres.createMirror();
  await using folder = await writeAccounts(await sandboxes.run({ sizes, latency: LATENCY_MS }));
  const env = {
    ...{ ACCOUNTS_FILE: folder.file, DATABASE_URL: mirror.url, HTTP_PORT: "0", LOG_FORMAT: "json" },
    SYNC_CRON: tickS < 60 ? `*/${tickS} * * * * *` : "* * * * *",
  };
  await using stack = new AsyncDisposableStack();
  const urls: string[] = [];
  const began = Date.now();
  for (let nth = 0; nth < PROCESSES; nth += 1) {
    const program = stack.use(startProgram(["start"], env));
    const [, url = ""] = await program.printed(/"url":"([^"]+)\/"/);
    urls.push(url);
  }
  for (;;) {
    const proven = Number(
      await mirror.ask("select count(*) from apify.sources where last_full_pass_at is not null"),
    );
    progress(`fleet: ${proven} of ${sizes.length} accounts have had their first pass`);
    if (proven === sizes.length) break;
    await sleep(5 * SAMPLE_MS);
  }
  const firstPasses = (Date.now() - began) / 1000;
  // A tick until the schedule alone says what runs.
  await sleep(tickS * 1000);
  progress(`fleet: measuring ${ticks} ticks of ${tickS} s`);
  const seen = await watch(mirror, urls, order);
  const figure = { case: "fleet", unit: "" } as const;
  const title = (what: string) => `${name}: ${what}`;
  const perSecond = (counts: readonly number[]) => counts.map((count) => count / (tickS * ticks));
  return [
    { ...figure, name: title("all first passes"), unit: "s", rounds: [firstPasses] },
    {
      ...figure,
      name: title("ticks served within their interval"),
      rounds: [seen.inTime],
      must: { atLeast: 0.99 },
    },
    { ...figure, name: title("age of the stalest, median"), unit: "s", rounds: [median(seen.ages)] },
    { ...figure, name: title("age of the stalest, 99 %"), unit: "s", rounds: [quantile(seen.ages, 0.99)] },
    {
      ...{ ...figure, name: title("runs of the busiest process / the idlest"), must: { atMost: 1.5 } },
      rounds: [Math.max(...seen.runs) / Math.min(...seen.runs)],
    },
    {
      ...figure,
      name: title("runs"),
      unit: "/s",
      rounds: [perSecond(seen.runs).reduce((sum, one) => sum + one, 0)],
    },
    { ...figure, name: title("CPU of a process"), unit: "cores", rounds: perSecond(seen.cpu) },
    { ...figure, name: title("memory of a process"), unit: "MB", rounds: seen.memory, must: { atMost: 300 } },
    { ...figure, name: title("transactions"), unit: "/s", rounds: perSecond([seen.transactions]) },
  ];
}

interface Seen {
  /** Share of the ticks that were followed by a success within their interval. */
  readonly inTime: number;
  /** Seconds, one for each second. */
  readonly ages: readonly number[];
  /** One value a process. */
  readonly runs: readonly number[];
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
  readonly transactions: number;
}

const runsOf = (text: string) =>
  [...text.matchAll(/^dataset_mirror_runs_total\{.*\} (\S+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
const valueOf = (name: string) => (text: string) =>
  Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
const since = (then: readonly number[]) => (value: number, nth: number) => value - (then[nth] ?? 0);

async function watch(
  mirror: EmptyMirror,
  urls: readonly string[],
  { tickS, ticks }: FleetOrder,
): Promise<Seen> {
  const all = (read: (text: string) => number) =>
    Promise.all(urls.map(async (url) => read(await (await fetch(`${url}/metrics`)).text())));
  const cpuOf = valueOf("process_cpu_seconds_total");
  const transactions = async () =>
    Number(await mirror.ask("select xact_commit from pg_stat_database where datname = current_database()"));
  const before = { runs: await all(runsOf), cpu: await all(cpuOf), transactions: await transactions() };
  const from = Date.now();
  const ages: number[] = [];
  const memory = urls.map(() => 0);
  while (Date.now() - from < tickS * ticks * 1000) {
    await sleep(SAMPLE_MS);
    ages.push(Number(await mirror.ask(STALEST)));
    // A scrape reads all accounts: as often as Prometheus would, twice over.
    if (ages.length % 8 !== 1) continue;
    const now = await all(valueOf("process_resident_memory_bytes"));
    for (const [nth, bytes] of now.entries()) memory[nth] = Math.max(memory[nth] ?? 0, bytes / 1e6);
  }
  const [runs, cpu] = [await all(runsOf), await all(cpuOf)];
  return {
    ...{ ages, memory, inTime: Number(await mirror.ask(inTimeFrom(from, tickS, ticks))) },
    runs: runs.map(since(before.runs)),
    cpu: cpu.map(since(before.cpu)),
    transactions: (await transactions()) - before.transactions,
  };
}

const STALEST = "select extract(epoch from max(now() - last_success_at)) from apify.freshness";

/** Of the ticks of all accounts, the share after which a run succeeded before the next one. */
function inTimeFrom(from: number, tickS: number, ticks: number): string {
  return `
    with ticks as (
      select to_timestamp(ceil(${from / 1000} / ${tickS}) * ${tickS} + nth * ${tickS}) as at
      from generate_series(0, ${ticks - 2}) as nth
    )
    select avg(exists (
      select from apify.sync_runs r where r.source = s.name and kind = 'incremental' and status = 'succeeded'
        and started_at >= at and finished_at < at + interval '${tickS} s'
    )::int)::float8 from ticks, apify.sources s`;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}

interface AccountsFile extends AsyncDisposable {
  readonly file: string;
}

async function writeAccounts({ accounts }: SandboxesTold): Promise<AccountsFile> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-bench-"));
  const entries = await Promise.all(
    accounts.map(async ({ url, token }, index) => {
      const tokenFile = join(folder, `token-${index}`);
      await writeFile(tokenFile, token);
      return { name: `account-${index}`, tokenFile, apiBaseUrl: url };
    }),
  );
  const file = join(folder, "accounts.json");
  await writeFile(file, JSON.stringify(entries));
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
