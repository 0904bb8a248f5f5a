/**
 * A month of hourly ticks over a list whose head expires, mirrored twice: by the obvious `offset += count`, and by the
 * proven walk. Simulated time, the very passes of test/simulation. Exits with 1 when the proven mirror breaks its word.
 *
 *     node bench/naive-vs-proven.ts [--days 30] [--retention 7] [--per-hour 40] [--even] [--seed 1]
 */
import { parseArgs } from "node:util";
import { GRACE } from "../test/simulation/model-mirror.ts";
import { Passes } from "../test/simulation/passes.ts";
import { Dice } from "../test/simulation/random.ts";
import { answer } from "../test/simulation/server.ts";
import { World } from "../test/simulation/world.ts";

const PAGE_SIZE = 1000;
/** A tick asks once for what is new, and once for what has expired; a full pass a day comes on top. */
const REQUESTS_A_TICK_MAX = 2.5;
const RECONCILE_REQUESTS = 20;

const { values } = parseArgs({
  options: {
    days: { type: "string", default: "30" },
    retention: { type: "string", default: "7" },
    "per-hour": { type: "string", default: "40" },
    even: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
  },
});
const [days, retention, perHour] = [
  Number(values.days),
  Number(values.retention),
  Number(values["per-hour"]),
];
const dice = new Dice(Number(values.seed));

const world = new World();
const everListed = new Set<string>();
let created = 0;

const naive = { ids: new Set<string>(), offset: 0, requests: 0 };
const proven = { passes: new Passes(RECONCILE_REQUESTS), requests: { incremental: 0, full: 0 } };

process.exitCode = compareOver(days) ? 0 : 1;

function compareOver(end: number): boolean {
  console.log(
    `${end} days of hourly ticks, ${perHour} new datasets an hour (${values.even ? "evenly" : "Poisson"}), ` +
      `each listed for ${retention} days, a full pass a day\n`,
  );
  console.log("day   created   ever listed      naive holds      proven holds   gone, not yet removed");
  for (let hour = 1; hour <= 24 * end; hour += 1) {
    liveAnHour();
    for (const { id } of world.list) everListed.add(id);
    tickNaively();
    pass("incremental");
    if (hour % 24 === 0) pass("full");
    if (hour % (24 * 5) === 0 || hour === 24 * end || hour === 24 * 14) printDay(hour / 24);
  }
  return judge(24 * end);
}

/** Datasets are created one by one over the hour, and expire as they are created. */
function liveAnHour(): void {
  const count = values.even ? perHour : dice.poisson(perHour);
  const until = world.now + 60;
  for (let left = count; left > 0; left -= 1) {
    world.now += (until - world.now) / (left + 1);
    world.create(1, 0);
  }
  created += count;
  world.now = until;
  world.expireBefore(world.now - retention * 24 * 60);
}

function tickNaively(): void {
  for (;;) {
    const { page } = answer(world, { offset: naive.offset, limit: PAGE_SIZE });
    naive.requests += 1;
    naive.offset += page.rows.length;
    for (const { id } of page.rows) if (id !== null) naive.ids.add(id);
    if (page.rows.length < page.limit) return;
  }
}

function pass(kind: "incremental" | "full"): void {
  const { passes, requests } = proven;
  passes.begin(kind, world.now);
  while (passes.running !== null) {
    passes.take(answer(world, passes.request), world.now);
    requests[kind] += 1;
  }
}

function printDay(day: number): void {
  const { rows } = proven.passes.mirror;
  const gone = proven.passes.mirror.liveRows().filter(({ id }) => !world.view.ids.has(id)).length;
  const cells = [
    String(day).padStart(3),
    String(created).padStart(9),
    String(everListed.size).padStart(13),
    shareOf(naive.ids).padStart(16),
    shareOf(new Set(rows.keys())).padStart(17),
    String(gone).padStart(23),
  ];
  console.log(cells.join(" "));
}

function shareOf(held: ReadonlySet<string>): string {
  const count = [...everListed].filter((id) => held.has(id)).length;
  return `${count} (${((100 * count) / everListed.size).toFixed(1)} %)`;
}

/** Then the list rests, and two full passes past the grace must leave it and the live rows equal. */
function judge(ticks: number): boolean {
  const { incremental, full } = proven.requests;
  const perTick = (requests: number) => (requests / ticks).toFixed(2);
  for (let left = 2; left > 0; left -= 1) {
    pass("full");
    world.now += GRACE;
  }
  const live = new Set(proven.passes.mirror.liveRows().map(({ id }) => id));
  const isNaiveEqual = isEqual(naive.ids, world.view.ids);
  const isProvenEqual = isEqual(live, world.view.ids);
  const holdsAll = includesAll(new Set(proven.passes.mirror.rows.keys()), everListed);
  console.log(`
                           naive   proven
every dataset ever listed  ${yes(includesAll(naive.ids, everListed))}      ${yes(holdsAll)}
live rows equal the list   ${yes(isNaiveEqual)}      ${yes(isProvenEqual)}     (proven: after two full passes over a list at rest)
requests a tick            ${perTick(naive.requests)}    ${perTick(incremental + full)}    (proven: incremental ${perTick(incremental)}, full ${perTick(full)})`);
  return holdsAll && isProvenEqual && (incremental + full) / ticks <= REQUESTS_A_TICK_MAX;
}

function yes(truth: boolean): string {
  return truth ? "yes" : "no ";
}

function includesAll(set: ReadonlySet<string>, ids: ReadonlySet<string>): boolean {
  return [...ids].every((id) => set.has(id));
}

function isEqual(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && includesAll(left, right);
}
