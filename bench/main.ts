/**
 * Measures the mirror against its bounds and its peers, and prints what it found.
 *
 *     npm run bench -- [--only initial,unchanged] [--datasets 200000] [--rounds 5] [--deep] [--json FILE]
 *                      [--database-url postgres://...]   a server to use instead of an embedded one
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { answers } from "./cases/answers.ts";
import { ceiling } from "./cases/ceiling.ts";
import { changed } from "./cases/changed.ts";
import { disk } from "./cases/disk.ts";
import { fleet } from "./cases/fleet.ts";
import { idle } from "./cases/idle.ts";
import { initial } from "./cases/initial.ts";
import { memory } from "./cases/memory.ts";
import { queries } from "./cases/queries.ts";
import { reconcile } from "./cases/reconcile.ts";
import { unchanged } from "./cases/unchanged.ts";
import type { Bench, Case } from "./support/bench.ts";
import { tableOf } from "./support/figures.ts";
import type { Figure } from "./support/figures.ts";
import { describeMachine } from "./support/machine.ts";
import { openPostgres } from "./support/postgres.ts";

const CASES: Readonly<Record<string, Case>> = {
  answers,
  initial,
  unchanged,
  changed,
  ceiling,
  idle,
  reconcile,
  memory,
  queries,
  disk,
  fleet,
};

const { values } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(CASES).join() },
    datasets: { type: "string", default: "200000" },
    rounds: { type: "string", default: "5" },
    deep: { type: "boolean", default: false },
    json: { type: "string", default: "bench/results.json" },
    "database-url": { type: "string" },
  },
});

await using postgres = await openPostgres(values["database-url"]);
const bench: Bench = {
  postgres,
  datasets: wholeNumber("datasets", values.datasets),
  rounds: wholeNumber("rounds", values.rounds),
  deep: values.deep,
  progress: (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`),
};
const machine = describeMachine(postgres.version);
const figures: Figure[] = [];
for (const name of values.only.split(",")) {
  const measure = CASES[name];
  if (measure === undefined)
    throw new Error(`--only: there is no case ${name}; there are ${Object.keys(CASES).join()}`);
  figures.push(...(await measure(bench)));
}
const { datasets, rounds, deep } = bench;
console.log(
  Object.entries({ ...machine, datasets, rounds })
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n"),
);
console.log(`\n${tableOf(figures)}\n`);
await writeFile(values.json, `${JSON.stringify({ machine, datasets, rounds, deep, figures }, null, 2)}\n`);
console.log(`written to ${values.json}`);

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1`);
  return value;
}
