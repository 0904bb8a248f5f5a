import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { openAccount } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import { median } from "../support/figures.ts";
import type { Figure } from "../support/figures.ts";
import type { EmptyMirror } from "../support/postgres.ts";

const SIZES = [100_000, 1_000_000];
const DEEP_SIZE = 10_000_000;
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const USAGE = new URL("../support/report-usage.ts", import.meta.url).href;
const FAR_AWAY = "0 0 29 2 *";
const POLL_MS = 500;

/** The most memory the whole service ever held, over its first pass and a full one after it. */
export async function memory({ postgres, deep, progress }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of deep ? [...SIZES, DEEP_SIZE] : SIZES) {
    await using account = await openAccount(size);
    await using mirror = await postgres.createMirror();
    const env = {
      APIFY_TOKEN: account.token,
      APIFY_API_BASE_URL: account.url,
      DATABASE_URL: mirror.url,
      MAX_REQUESTS_PER_SECOND: "1000",
      HTTP_PORT: "0",
      LOG_LEVEL: "warn",
    };
    const peaks: number[] = [];
    for (const [round, pass] of ["the first pass", "an unchanged full pass"].entries()) {
      progress(`memory: ${size} rows, ${pass}`);
      if (round > 0) await mirror.ask("update apify.sources set full_pass = 0, full_pass_started_at = now()");
      peaks.push(await peakOf(env, mirror, round + 1));
    }
    const name = `peak RSS at ${size.toLocaleString("en").replaceAll(",", " ")} rows`;
    const bounds = { must: { atMost: 250 }, aim: { atMost: 150 } };
    figures.push({ case: "memory", name, unit: "MB", rounds: [Math.max(...peaks)], ...bounds });
  }
  const [million, tenMillion] = figures.slice(1);
  if (million === undefined || tenMillion === undefined) return figures;
  const growth = median(tenMillion.rounds) / median(million.rounds);
  const name = "10 000 000 rows / 1 000 000";
  return [...figures, { case: "memory", name, unit: "", rounds: [growth], aim: { atMost: 1.1 } }];
}

/** Runs the service until its `runs`-th run has ended. Megabytes. */
async function peakOf(env: Record<string, string>, mirror: EmptyMirror, runs: number): Promise<number> {
  const schedule = { SYNC_CRON: FAR_AWAY, FULL_SYNC_CRON: FAR_AWAY };
  const child = spawn(process.execPath, [...process.execArgv, "--import", USAGE, MAIN, "start"], {
    env: { ...process.env, ...env, ...schedule },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const told = once(child, "message").then(([usage]: { maxRSS: number }[]) => usage?.maxRSS ?? NaN);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the service ended with ${code}`);
  });
  ended.catch(() => {});
  const finished = `select count(*) from apify.sync_runs where finished_at is not null`;
  while (Number(await mirror.ask(finished)) < runs) await Promise.race([sleep(POLL_MS), ended]);
  const status = await mirror.ask(
    "select status || ': ' || coalesce(error, '') from apify.sync_runs order by id desc limit 1",
  );
  if (!String(status).startsWith("succeeded")) throw new Error(`the run ended ${String(status)}`);
  child.kill("SIGTERM");
  // Kibibytes.
  return ((await told) * 1024) / 1e6;
}
