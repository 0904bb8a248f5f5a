/**
 * The read API under load: many connections that ask for any page, and that
 * wait after 429 as Apify advises. Exits with 1 after any other error, or if the service's memory has grown.
 *
 *     npm run load -- [--seconds 60] [--connections 200] [--datasets 100000] [--database-url postgres://...]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Agent, request } from "undici";

import { seededRandom } from "../src/core/random.ts";
import type { Mirrored, MirrorOrder } from "./peers/mirror.ts";
import { openAccount } from "./support/bench.ts";
import { median } from "./support/figures.ts";
import { residentMb } from "./support/metrics.ts";
import { openPostgres } from "./support/postgres.ts";
import { startProgram } from "./support/program.ts";
import { openSide } from "./support/side.ts";

const TOKEN = "token-of-a-reader";
/** Until then caches and pools fill. */
const WARM_SHARE = 0.25;
const GROWTH_MAX = 1.1;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    connections: { type: "string", default: "200" },
    datasets: { type: "string", default: "100000" },
    "database-url": { type: "string" },
  },
});
const [seconds, connections, datasets] = [values.seconds, values.connections, values.datasets].map(Number);
if (!seconds || !connections || !datasets) throw new Error("the options must be numbers above 0");

await using postgres = await openPostgres(values["database-url"]);
await using filled = await postgres.createMirror();
await fill(datasets);
await using served = startProgram(["serve"], {
  ...{ DATABASE_URL: filled.url, HTTP_PORT: "0", LOG_FORMAT: "json", API_TOKEN: TOKEN },
});
const [, url = ""] = await served.printed(/"url":"(http[^"]+)\/"/);
const answers = new Map<string, number>();
const memory: number[] = [];
const until = performance.now() + seconds * 1000;
const agent = new Agent({ connections, pipelining: 1 });
await Promise.all([measure(), ...Array.from({ length: connections }, (_, nth) => ask(nth, datasets))]);
await agent.close();
process.exitCode = judge() ? 0 : 1;

async function fill(count: number): Promise<void> {
  await using account = await openAccount(count);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  await mirror.run({ api: account.url, token: account.token, database: filled.url, kind: "full" });
}

async function ask(seed: number, count: number): Promise<void> {
  const random = seededRandom(seed);
  const headers = { authorization: `Bearer ${TOKEN}` };
  while (performance.now() < until) {
    const answer = await answerTo(pathOf(random, count), headers);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    if (answer === "429") await sleep(500 + 500 * random());
  }
}

function pathOf(random: () => number, count: number): string {
  const flag = () => Math.floor(2 * random());
  return `/v2/datasets?unnamed=${flag()}&desc=${flag()}&offset=${Math.floor(random() * count)}`;
}

/** The status, or what happened instead of an answer. */
async function answerTo(path: string, headers: Record<string, string>): Promise<string> {
  try {
    const { statusCode, body } = await request(url + path, { dispatcher: agent, headers });
    await body.dump({ limit: Infinity });
    return String(statusCode);
  } catch (error) {
    return String(error);
  }
}

async function measure(): Promise<void> {
  while (performance.now() < until) {
    memory.push(await residentMb(url));
    await sleep(1000);
  }
}

function judge(): boolean {
  const warm = memory.slice(Math.floor(memory.length * WARM_SHARE));
  const third = Math.ceil(warm.length / 3);
  const [before, after] = [median(warm.slice(0, third)), median(warm.slice(-third))];
  console.log(`answers: ${[...answers].map(([answer, count]) => `${count} x ${answer}`).join(", ")}`);
  console.log(`memory: ${before.toFixed(0)} MB after the warm-up, ${after.toFixed(0)} MB at the end`);
  const isClean = [...answers.keys()].every((answer) => answer === "200" || answer === "429");
  return isClean && answers.has("200") && after / before <= GROWTH_MAX;
}
