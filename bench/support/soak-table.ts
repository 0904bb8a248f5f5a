import { median } from "./figures.ts";

/** What the service held and had written at a moment. */
export interface Sample {
  readonly tick: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly fds: number;
  /** What keeps Node's event loop alive: sockets, timers, requests. */
  readonly resources: number;
  readonly connections: number;
  readonly logKb: number;
  readonly runs: number;
  readonly versions: number;
  readonly datasets: number;
  readonly rejected: number;
  readonly databaseMb: number;
}

type Name = keyof Sample;

/** These should stay as they are; the others grow with what happened, at an even pace. */
const LEVELS: readonly Name[] = ["rssMb", "heapMb", "fds", "resources", "connections"];
const SUMS: readonly Name[] = ["logKb", "runs", "versions", "datasets", "rejected", "databaseMb"];
const ROWS = 24;

/** The samples, thinned out, and the first quarter of them against the last. */
export function tableOfSoak(samples: readonly Sample[]): string {
  const names: readonly Name[] = ["tick", ...LEVELS, ...SUMS];
  const step = Math.ceil(samples.length / ROWS);
  const thinned = samples.filter((_, at) => (at + 1) % step === 0);
  const quarter = Math.floor(samples.length / 4);
  const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
  const levels = LEVELS.map((name) => {
    const [before, after] = [median(first.map((one) => one[name])), median(last.map((one) => one[name]))];
    return `${name.padEnd(12)} median ${shown(before)} -> ${shown(after)} (${signed((after / before - 1) * 100)} %)`;
  });
  const sums = SUMS.map(
    (name) => `${name.padEnd(12)} a tick ${shown(pace(first, name))} -> ${shown(pace(last, name))}`,
  );
  return [
    names.map((name) => name.padStart(12)).join(""),
    ...thinned.map((one) => names.map((name) => shown(one[name]).padStart(12)).join("")),
    "",
    "first quarter -> last quarter",
    ...levels,
    ...sums,
  ].join("\n");
}

function pace(samples: readonly Sample[], name: Name): number {
  const [from, to] = [samples.at(0), samples.at(-1)];
  if (from === undefined || to === undefined) return NaN;
  return (to[name] - from[name]) / (to.tick - from.tick);
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
}
