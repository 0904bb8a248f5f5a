/** A world for the whole program as data: what the account, its server and the passes do, drawn from a seed. */
import type { Kind } from "../../src/mirror/begin-run.ts";
import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { Dice } from "./random.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What happens to an account; `count` datasets each. */
export interface Deed {
  readonly do: "create" | "tied" | "expire" | "delete" | "rename" | "touch" | "share" | "unshare" | "reshare";
  readonly count: number;
}

/** How a pass is cut short after so many pages: asked to stop, or dead before or after the commit of the next one. */
export interface Cut {
  readonly how: "stop" | "dies before a commit" | "dies after a commit";
  readonly pages: number;
}

export type Step =
  | Deed
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "limit"; readonly count: number }
  /** The clock of the host is set: so many milliseconds ahead of the server's. */
  | { readonly do: "clock"; readonly aheadMs: number }
  | { readonly do: "pass"; readonly kind: Kind; readonly cut: Cut | null };

export interface Climate {
  readonly datasets: number;
  readonly unnamed: boolean;
  readonly pageSize: number;
  readonly limitMax: number;
  /** Pages in flight. With more than one the order of the requests, and so the world, depends on the machine. */
  readonly depth: number;
  readonly delays: {
    readonly lag?: number;
    readonly lagJitter?: number;
    readonly totalLag?: number;
    readonly counterLag?: number;
    readonly stale?: number;
  };
  readonly faults: ReadonlyArray<readonly [FaultName, number]>;
  /** Chance that a deed is done before a request is answered. */
  readonly churn: number;
  /** Milliseconds. */
  readonly grace: number;
  readonly lookback: number;
  /** Milliseconds that the database's clock is ahead of the server's. */
  readonly databaseAhead: number;
}

export interface Plan {
  readonly climate: Climate;
  readonly steps: readonly Step[];
}

/** The request or the answer is lost on the way, and asked for again. */
const PASSING: readonly FaultName[] = [
  ...["429", "429-retry-after", "429-retry-date", "500", "502", "503", "504", "reset"],
  ...["reset-body", "truncated", "html", "redirect-same"],
] as const satisfies readonly FaultName[];
/** The run fails at once. */
const FATAL: readonly FaultName[] = ["400", "401", "403", "405", "redirect"];
/** The envelope lies or the page is out of order; nothing may be lost for it. */
const LIES: readonly FaultName[] = [
  ...["count", "unsorted", "total-small", "total-large", "empty", "duplicate", "bad-limit", "content-type"],
] as const satisfies readonly FaultName[];
/** An item of the page cannot be mirrored. */
const SPOILT: readonly FaultName[] = [
  ...["no-id", "no-created", "bad-date", "nul", "surrogate", "out-of-range", "deep"],
] as const satisfies readonly FaultName[];

export function isSpoiling([name]: readonly [FaultName, number]): boolean {
  return SPOILT.includes(name);
}

/** Whether a fault says something wrong of the list, rather than nothing. */
export function isMisleading(fault: readonly [FaultName, number]): boolean {
  return isSpoiling(fault) || LIES.includes(fault[0]);
}

export function planOf(seed: number): Plan {
  const dice = new Dice(seed);
  const climate = climateOf(dice);
  const steps: Step[] = [];
  for (let left = dice.int(4, 9); left > 0; left -= 1) {
    while (dice.chance(0.6)) steps.push(deedOf(dice));
    if (dice.chance(0.1)) steps.push({ do: "limit", count: dice.int(5, 80) });
    steps.push({ do: "wait", ms: dice.pick([0, SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE]) });
    if (dice.chance(0.1)) steps.push({ do: "clock", aheadMs: skewOf(dice) });
    const kind = dice.pick(["full", "full", "incremental", "incremental", "named"] as const);
    steps.push({ do: "pass", kind, cut: cutOf(dice) });
  }
  return { climate, steps };
}

/** Less than a day: a server's clock that differs by more is not believed. */
function skewOf(dice: Dice): number {
  return dice.pick([0, -20 * HOUR, -HOUR, -10 * MINUTE, 10 * MINUTE, HOUR, 20 * HOUR]);
}

export function deedOf(dice: Dice): Deed {
  const name = dice.pick([
    ...(["create", "create", "create", "create", "expire", "expire", "delete", "touch"] as const),
    ...(["tied", "rename", "share", "unshare", "reshare"] as const),
  ]);
  return { do: name, count: dice.chance(0.1) ? dice.int(10, 60) : dice.int(1, 6) };
}

function climateOf(dice: Dice): Climate {
  const faults = faultsOf(dice);
  // To lie about the end a server must lie twice: about the total, and about the page's length or its emptiness.
  const isEndUnsure = faults.some(([name]) => name === "empty" || name === "bad-limit");
  const stale = dice.chance(0.2) && !isEndUnsure ? 0.3 : 0;
  const some = (share: number, ms: number) => (dice.chance(share) ? ms : 0);
  return {
    datasets: dice.pick([0, 1, 20, 60, 200]),
    unnamed: dice.chance(0.85),
    pageSize: dice.pick([10, 25, 50, 1000]),
    limitMax: dice.pick([10, 25, 60]),
    depth: dice.pick([1, 1, 1, 4]),
    delays: {
      lag: some(0.3, 5 * SECOND),
      lagJitter: some(0.3, 10 * SECOND),
      totalLag: isEndUnsure ? 0 : some(0.3, 20 * SECOND),
      counterLag: some(0.3, 8 * SECOND),
      stale,
    },
    faults,
    churn: dice.pick([0, 0, 0.2, 0.5, 0.9]),
    // Views of long ago are younger than the grace: that is assumed of the server.
    grace: dice.pick([stale > 0 ? MINUTE : 0, MINUTE, 15 * MINUTE]),
    lookback: dice.pick([MINUTE, 10 * MINUTE]),
    databaseAhead: dice.chance(0.3) ? skewOf(dice) : 0,
  };
}

function faultsOf(dice: Dice): Array<readonly [FaultName, number]> {
  if (dice.chance(0.3)) return [];
  const kinds = dice.pick([
    [PASSING],
    [PASSING],
    [PASSING, FATAL],
    [LIES],
    [PASSING, LIES],
    [SPOILT, PASSING],
  ]);
  const faults = new Map<FaultName, number>();
  for (const names of kinds) {
    for (let left = dice.int(1, 3); left > 0; left -= 1) {
      faults.set(names[dice.int(0, names.length - 1)] ?? "500", dice.pick([0.02, 0.06, 0.15]));
    }
  }
  return [...faults];
}

function cutOf(dice: Dice): Cut | null {
  if (!dice.chance(0.3)) return null;
  const how = dice.pick(["stop", "stop", "dies before a commit", "dies after a commit"] as const);
  return { how, pages: dice.int(0, 4) };
}
