/**
 * Plays worlds against the walk until one breaks an invariant or all have been played.
 *
 *     node test/simulation/simulate.ts --worlds 1000000 [--seed S] [--from N]
 *     node test/simulation/simulate.ts --seed S --worlds 1 --trace
 *
 * World N of seed S is the world of seed S + N, so that the seed printed with a failure replays it alone.
 */
import { parseArgs } from "node:util";
import { runScenario, runSeed } from "./run.ts";
import { scenarioOf } from "./scenario.ts";
import { shrink } from "./shrink.ts";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "100000" },
    seed: { type: "string" },
    from: { type: "string", default: "0" },
    trace: { type: "boolean", default: false },
  },
});
const worlds = Number(values.worlds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const from = Number(values.from);
const begun = performance.now();

console.log(`seed ${seed}, worlds ${from} to ${worlds - 1}`);
process.exitCode = play() ? 0 : 1;

function play(): boolean {
  let printed = begun;
  for (let index = from; index < worlds; index += 1) {
    const violation = runSeed(seed + index, values.trace ? console.log : undefined);
    if (violation) {
      report(seed + index, violation.message);
      return false;
    }
    const now = performance.now();
    if (now - printed < (process.stdout.isTTY ? 200 : 10_000)) continue;
    printed = now;
    progress(index + 1 - from);
  }
  progress(worlds - from);
  console.log(`${process.stdout.isTTY ? "\n" : ""}all invariants held`);
  return true;
}

function progress(played: number): void {
  const share = played / (worlds - from);
  const speed = Math.round(played / Math.max(0.001, (performance.now() - begun) / 1000));
  const text = `${played} of ${worlds - from} worlds, ${(100 * share).toFixed(1)} %, ${speed}/s`;
  if (!process.stdout.isTTY) return console.log(text);
  const bar = "█".repeat(Math.round(30 * share)).padEnd(30, "░");
  process.stdout.write(`\r${bar} ${text} `);
}

function report(failing: number, message: string): void {
  console.log(`\nseed ${failing} breaks ${message}`);
  console.log(`replay: node test/simulation/simulate.ts --seed ${failing} --worlds 1 --trace\n`);
  const small = shrink(scenarioOf(failing));
  console.log(`shrunk to ${small.events.length} events:`);
  runScenario(small, console.log);
}
