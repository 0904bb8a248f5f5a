/** A world as a list of events: generated from a seed, run by a pure function, shrunk by leaving events out. */
import type { Kind } from "./passes.ts";
import { Dice } from "./random.ts";
import type { Quirks } from "./server.ts";
import { LAG_MAX } from "./world.ts";
import type { Oddity } from "./world.ts";

export type Event =
  | { readonly do: "create"; readonly count: number; readonly lag: number; readonly oddity?: Oddity }
  | { readonly do: "share" | "hide" | "reveal" | "spoil"; readonly at: number }
  | { readonly do: "expire"; readonly count: number }
  | { readonly do: "delete"; readonly at: number; readonly count: number }
  | { readonly do: "thin"; readonly every: number }
  | { readonly do: "advance"; readonly minutes: number }
  | { readonly do: "limit"; readonly limit: number }
  /** The next request of the run under way; begins or resumes one of that kind when there is none. */
  | { readonly do: "request"; readonly pass: Kind; readonly quirks?: Quirks }
  /** A whole incremental run, inside of a longer one if that is between two commits. */
  | { readonly do: "tick" }
  | { readonly do: "stop" };

export interface Scenario {
  readonly events: readonly Event[];
  /** What a run may spend on finding what is gone. */
  readonly reconcileRequests: number;
  /** What `total` is too high by, always. */
  readonly excess: number;
  /** Quiet ticks at the end. */
  readonly ticks: number;
}

/** What the answers of a world get wrong. `mess` may be anything: then only safety is asserted. */
type Mood = "stale" | "totals" | "hidden" | "twice" | "unreadable" | "empty" | "rotated" | "mess";

interface Climate {
  readonly moods: ReadonlySet<Mood>;
  readonly limitMax: number;
  readonly rows: number;
  readonly ties: number;
  readonly odd: number;
  readonly moving: boolean;
  readonly churn: number;
  readonly quirky: number;
  readonly stops: number;
  readonly ticks: number;
  readonly fulls: number;
}

export function scenarioOf(seed: number): Scenario {
  const dice = new Dice(seed);
  const climate = climateOf(dice);
  const events: Event[] = [{ do: "limit", limit: limitOf(dice, climate) }];
  for (let left = dice.int(0, climate.rows); left > 0; left -= 1) {
    events.push(creation(dice, climate), { do: "advance", minutes: dice.int(0, 9) });
  }
  for (let left = dice.int(10, 60); left > 0; left -= 1) {
    while (dice.chance(climate.churn)) events.push(change(dice, climate));
    if (dice.chance(climate.stops)) events.push({ do: "stop" });
    events.push(dice.chance(climate.ticks) ? { do: "tick" } : request(dice, climate));
  }
  return {
    events,
    reconcileRequests: dice.pick([0, 12, 20, 20]),
    excess: dice.chance(0.1) ? 1 : 0,
    ticks: dice.chance(0.1) ? 18 : 0,
  };
}

function climateOf(dice: Dice): Climate {
  const mood = (): Mood =>
    dice.pick(["stale", "stale", "totals", "hidden", "twice", "unreadable", "empty", "rotated", "mess"]);
  const moods = dice.chance(0.4) ? [] : dice.chance(0.7) ? [mood()] : [mood(), mood()];
  const odd = dice.pick([0, 0, 0, 0.05]);
  return {
    moods: new Set(moods),
    limitMax: odd > 0 ? 20 : dice.pick([3, 4, 6, 10, 20, 20]),
    rows: dice.pick([6, 6, 30, 100]),
    ties: dice.pick([0, 0.1, 0.5, 0.9]),
    odd,
    moving: dice.chance(0.5),
    churn: dice.pick([0, 0.1, 0.3, 0.5, 0.7]),
    quirky: dice.pick([0.1, 0.3, 0.6]),
    stops: dice.pick([0, 0, 0.05, 0.2]),
    ticks: dice.pick([0, 0.2, 0.6]),
    fulls: dice.pick([0.2, 0.5, 0.8]),
  };
}

/** Rows without a place fill small pages, and a walk cannot pass them. */
function limitOf(dice: Dice, { limitMax, odd }: Climate): number {
  return dice.int(limitMax > 6 && (odd > 0 || dice.chance(0.9)) ? 8 : 3, limitMax);
}

function creation(dice: Dice, climate: Climate): Event {
  const oddity = dice.pick(["unreadable", "undated", "misplaced", "unmirrorable"] as const);
  const lag = dice.chance(0.5) ? 0 : dice.int(1, LAG_MAX);
  if (dice.chance(climate.odd)) return { do: "create", count: 1, lag, oddity };
  return { do: "create", count: dice.chance(climate.ties) ? dice.int(2, 12) : 1, lag };
}

function change(dice: Dice, climate: Climate): Event {
  const at = dice.int(0, 999);
  const kind = dice.int(0, 17);
  if (kind < 4) return creation(dice, climate);
  if (kind < 7) return { do: "expire", count: dice.int(1, dice.chance(0.2) ? 40 : 3) };
  if (kind < 9) return { do: "delete", at, count: dice.int(1, dice.chance(0.1) ? 30 : 4) };
  if (kind === 9) return dice.chance(0.1) ? { do: "thin", every: dice.int(2, 9) } : { do: "tick" };
  if (kind === 10) return { do: "limit", limit: limitOf(dice, climate) };
  if (kind < 15 || !climate.moving) return { do: "advance", minutes: dice.pick([1, 1, 2, 4, 8, 20, 60]) };
  return { do: dice.pick(["share", "hide", "reveal", climate.odd > 0 ? "spoil" : "share"]), at };
}

function request(dice: Dice, climate: Climate): Event {
  const pass: Kind = dice.chance(climate.fulls) ? "full" : dice.pick(["incremental", "incremental", "named"]);
  const quirks: { -readonly [Name in keyof Quirks]: Quirks[Name] } = {};
  for (const mood of climate.moods) if (dice.chance(climate.quirky)) Object.assign(quirks, quirk[mood](dice));
  return Object.keys(quirks).length === 0 ? { do: "request", pass } : { do: "request", pass, quirks };
}

const quirk: Record<Mood, (dice: Dice) => Quirks> = {
  stale: (dice) => ({ stale: dice.int(1, 8) }),
  totals: (dice) =>
    dice.chance(0.7) ? { totalOff: dice.int(-6, 6) } : { totalFixed: dice.pick([0, 1, 10, 1000]) },
  hidden: (dice) => ({ hiddenLimit: dice.int(1, 5) }),
  twice: (dice) => ({ twice: dice.int(0, 9) }),
  unreadable: (dice) => ({ unreadable: Array.from({ length: dice.int(1, 3) }, () => dice.int(0, 9)) }),
  empty: () => ({ empty: true }),
  rotated: (dice) => ({ rotated: dice.int(1, 9) }),
  mess: (dice) => ({ nonsense: dice.int(0, 2 ** 30) }),
};
