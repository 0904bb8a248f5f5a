import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import { readCookbook } from "../support/cookbook.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";

const ROWS = 1_000_000;
/** One dataset in five has a version, of any time since it was created; the unnamed ones have left at the age of six days. */
const VERSIONED = ROWS / 5;
const HISTORY = [
  `update apify.datasets d set first_seen_at = created_at,
    changed_at = created_at + case when exists (
      select from apify.dataset_versions v where v.source = d.source and v.id = d.id
    ) then random() * (now() - created_at) else interval '0' end,
    missing_since = gone, removed_at = gone
    from (
      select id as of_id, case when name is null and age > interval '6 days' then created_at + interval '6 days' end as gone
      from (select *, now() - created_at as age from apify.datasets) aged
    ) g where of_id = id`,
  `update apify.dataset_versions v set valid_from = d.first_seen_at, valid_to = d.changed_at
    from apify.datasets d where d.source = v.source and d.id = v.id`,
  `insert into apify.actor_days (source, day, act_id, as_of, live, items, inflated_bytes, created, removed)
    select 'default', current_date - day, actor, now(), 1000, 100000, 100000000, 10, 10
    from generate_series(1, 365) day cross join (select distinct coalesce(act_id, '') as actor from apify.datasets) a`,
  "vacuum (analyze)",
];
const MUST_MS = 1000;

/** Asked of the tables, and the questions of the cookbook. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "one dataset":
    "select * from apify.datasets where source = 'default' and id = (select max(id) from apify.datasets where source = 'default')",
  "created in a month": `
    select count(*) from apify.live_datasets
    where source = 'default' and created_at >= now() - interval '30 days'`,
  "as of yesterday": "select count(*), sum(item_count) from apify.datasets_as_of(now() - interval '1 day')",
  "as of yesterday, by Actor": `
    select act_id, count(*) from apify.datasets_as_of(now() - interval '1 day') group by 1 order by 2 desc limit 20`,
  "by name":
    "select * from apify_bi.datasets where is_live and dataset_name = (select max(name) from apify.datasets)",
  "by owner": "select * from apify_bi.datasets where owner_id = 'nobody'",
  ...Object.fromEntries(readCookbook().map(({ question, query }) => [question, query])),
};

/** How long the answers take at a million rows. `--deep` shows the plans. */
export async function queries({ postgres, rounds, deep, progress }: Bench): Promise<Figure[]> {
  await using account = await openAccount(ROWS);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  await using filled = await postgres.createMirror();
  const order = { api: account.url, token: account.token, database: filled.url, kind: "full" } as const;
  progress(`queries: filling the mirror with ${ROWS} rows`);
  await mirror.run(order);
  progress("queries: a history");
  await account.order({ do: "touch", count: VERSIONED });
  await mirror.run(order);
  for (const statement of HISTORY) await filled.ask(statement);
  const figures: Figure[] = [];
  for (const [name, question] of Object.entries(QUESTIONS)) {
    progress(`queries: ${name}`);
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const { ms, plan } = planOf(await filled.ask(`explain (analyze, timing off, format json) ${question}`));
      if (round > 0) times.push(ms);
      else if (deep) progress(plan);
    }
    figures.push({ case: "queries", name, unit: "ms", rounds: times, must: { atMost: MUST_MS } });
  }
  return figures;
}

function planOf(answer: unknown): { ms: number; plan: string } {
  const plan = JSON.stringify(answer, null, 1);
  const [, ms] = /"Execution Time": ([\d.]+)/.exec(plan) ?? [];
  if (ms === undefined) throw new Error(`no time in the plan: ${plan}`);
  return { ms: Number(ms), plan };
}
