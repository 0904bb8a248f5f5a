import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";

const ROWS = 1_000_000;
/** One dataset in ten was removed, and one in five has a version. */
const REMOVED =
  "update apify.datasets set missing_since = now() - random() * interval '60 days', removed_at = now() - random() * interval '60 days' where hashtext(id) % 10 = 0";
const VERSIONED = ROWS / 5;
const MUST_MS = 1000;

/** What a BI user asks. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "live rows by month": `
    select date_trunc('month', created_at), count(*), sum(item_count) from apify.live_datasets group by 1`,
  "by Actor": `
    select act_id, count(*), sum((stats->>'inflatedBytes')::bigint) as bytes from apify.live_datasets
    group by 1 order by 3 desc nulls last limit 20`,
  largest:
    "select id, name, item_count from apify.live_datasets order by item_count desc nulls last limit 20",
  "growth in a week": `
    select now.id, now.item_count - was.item_count as growth from apify.live_datasets now
    join apify.dataset_versions was using (source, id)
    where was.valid_from <= now() - interval '7 days' and was.valid_to > now() - interval '7 days'
    order by growth desc limit 20`,
  "as of yesterday": "select count(*), sum(item_count) from apify.datasets_as_of(now() - interval '1 day')",
  "as of yesterday, by Actor": `
    select act_id, count(*) from apify.datasets_as_of(now() - interval '1 day') group by 1 order by 2 desc limit 20`,
  "expired per day": `
    select date_trunc('day', removed_at), count(*) from apify.datasets
    where source = 'default' and removed_at > now() - interval '30 days' group by 1`,
  "created in a month": `
    select count(*) from apify.live_datasets
    where source = 'default' and created_at >= now() - interval '30 days'`,
  "one dataset":
    "select * from apify.datasets where source = 'default' and id = (select max(id) from apify.datasets where source = 'default')",
  freshness: "select * from apify.freshness",
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
  await filled.ask("update apify.datasets set first_seen_at = first_seen_at - interval '30 days'");
  await filled.ask("update apify.dataset_versions set valid_from = valid_from - interval '30 days'");
  await filled.ask(REMOVED);
  await filled.ask("vacuum (analyze)");
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
