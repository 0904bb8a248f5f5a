/**
 * A day of ticks in 24 minutes: the real service against a churning, faulty account, with a tick every second, a full
 * pass every minute, a scraper and people who open the status page and leave. Prints what grew.
 *
 *     npm run soak -- [--ticks 1440] [--database-url postgres://...]   a server to use instead of an embedded one
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { openPostgres } from "./support/postgres.ts";
import { startProgram } from "./support/program.ts";
import { tableOfSoak } from "./support/soak-table.ts";
import type { Sample } from "./support/soak-table.ts";

const SAMPLE_EVERY_S = 5;
const TOLD_EVERY = 12;

const ACCOUNT = [
  ...["--port", "0", "--datasets", "20000", "--lag", "2s", "--rate", "12"],
  ...["--churn", "create=4/s,expire=4/s,delete=0.2/s,touch=8/s,rename=0.2/s"],
  ...["--faults", "reset=0.02,truncated=0.01,429-retry-after=0.01,no-id=0.01,503=6s/5m,401=3s/7m"],
];
/** A sixtieth of the defaults, as the schedule is. */
const PACE = {
  SYNC_CRON: "* * * * * *",
  FULL_SYNC_CRON: "0 * * * * *",
  LOOKBACK: "10s",
  REMOVAL_GRACE: "15s",
};

const { values } = parseArgs({
  options: { ticks: { type: "string", default: "1440" }, "database-url": { type: "string" } },
});
const ticks = Number(values.ticks);
if (!Number.isSafeInteger(ticks) || ticks < 60) throw new Error("--ticks must be a whole number from 60");

await using postgres = await openPostgres(values["database-url"]);
await using mirror = await postgres.createMirror();
await using sandbox = startProgram(["sandbox", ...ACCOUNT], {});
const [, api = ""] = await sandbox.printed(/^(http\S+)$/m);
await using service = startProgram(["start"], {
  ...PACE,
  APIFY_TOKEN: "sandbox-token",
  APIFY_API_BASE_URL: api,
  DATABASE_URL: mirror.url,
  HTTP_PORT: "0",
});
const [, page = ""] = await service.printed(/"url":"(http[^"]+)"/);
// The rows of the first pass are not growth.
await service.printed(/"msg":"run (succeeded|failed)"/);
const samples = await watch();
console.log(tableOfSoak(samples));
console.log(`\nruns: ${String(await mirror.ask(runsByStatus()))}`);
const exitCode = await service.stop();
console.log(`the service ended with ${exitCode}`);
if (exitCode !== 0) process.exitCode = 1;

async function watch(): Promise<Sample[]> {
  const taken: Sample[] = [];
  const startedAt = Date.now();
  for (let second = SAMPLE_EVERY_S; second <= ticks; second += SAMPLE_EVERY_S) {
    await Promise.race([sleep(startedAt + second * 1000 - Date.now()), service.ended.then(failEarly)]);
    await read("/");
    const sample = await take(second);
    taken.push(sample);
    if (taken.length % TOLD_EVERY === 0) process.stderr.write(`tick ${second}: ${JSON.stringify(sample)}\n`);
  }
  return taken;
}

async function read(path: string): Promise<string> {
  const answer = await fetch(new URL(path, page));
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.text();
}

async function take(tick: number): Promise<Sample> {
  const metrics = await read("/metrics");
  const counted = await mirror.ask(`select json_build_object(
    'connections', (select count(*) from pg_stat_activity
      where datname = current_database() and application_name = 'apify-dataset-mirror'),
    'runs', (select count(*) from apify.sync_runs), 'versions', (select count(*) from apify.dataset_versions),
    'datasets', (select count(*) from apify.datasets), 'rejected', (select count(*) from apify.rejected_items),
    'database', pg_database_size(current_database()))::text`);
  const rows: Record<string, number> = JSON.parse(String(counted));
  return {
    tick,
    rssMb: metric(metrics, "process_resident_memory_bytes") / 1e6,
    heapMb: metric(metrics, "nodejs_heap_size_used_bytes") / 1e6,
    fds: metric(metrics, "process_open_fds"),
    resources: metric(metrics, "nodejs_active_resources"),
    connections: rows["connections"] ?? NaN,
    logKb: service.printedBytes() / 1e3,
    runs: rows["runs"] ?? NaN,
    versions: rows["versions"] ?? NaN,
    datasets: rows["datasets"] ?? NaN,
    rejected: rows["rejected"] ?? NaN,
    databaseMb: (rows["database"] ?? NaN) / 1e6,
  };
}

/** The sum over all labels. */
function metric(text: string, name: string): number {
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

function runsByStatus(): string {
  return `select string_agg(n || ' ' || kind || ' ' || status, ', ' order by n desc) from (
    select kind, status, count(*) as n from apify.sync_runs group by kind, status) r`;
}

function failEarly(code: number | null): never {
  throw new Error(`the service ended with ${code}`);
}
