/** A world as a list of events: generated from a seed, run by a pure function, shrunk by leaving events out. */
import type { Kind } from "./passes.ts";
import { Dice } from "./random.ts";
import type { Quirks } from "./server.ts";
import { LAG_MAX } from "./world.ts";

export type Event =
  | { readonly do: "create"; readonly count: number; readonly lag: number }
  | { readonly do: "share" | "hide" | "reveal"; readonly at: number }
  | { readonly do: "expire"; readonly count: number }
  | { readonly do: "delete"; readonly at: number; readonly count: number }
  | { readonly do: "advance"; readonly minutes: number }
  | { readonly do: "limit"; readonly limit: number }
  /** The next request of the running pass; begins or resumes one of that kind when none runs. */
  | { readonly do: "request"; readonly pass: Kind; readonly quirks?: Quirks }
  | { readonly do: "stop" };

export interface Scenario {
  readonly events: readonly Event[];
  /** Quiet ticks at the end. */
  readonly ticks: number;
}

/** What the answers of a world get wrong. `mess` may be anything: then only safety is asserted. */
type Mood = "stale" | "totals" | "hidden" | "twice" | "unreadable" | "empty" | "rotated" | "mess";

interface Climate {
  readonly moods: ReadonlySet<Mood>;
  readonly limitMax: number;
  readonly ties: number;
  readonly churn: number;
  readonly quirky: number;
  readonly stops: number;
  readonly fulls: number;
}

export function scenarioOf(seed: number): Scenario {
  const dice = new Dice(seed);
  const climate = climateOf(dice);
  const events: Event[] = [{ do: "limit", limit: dice.int(2, climate.limitMax) }];
  for (let left = dice.int(0, 6); left > 0; left -= 1) {
    events.push(creation(dice, climate), { do: "advance", minutes: dice.int(0, 9) });
  }
  for (let left = dice.int(10, 60); left > 0; left -= 1) {
    while (dice.chance(climate.churn)) events.push(change(dice, climate));
    if (dice.chance(climate.stops)) events.push({ do: "stop" });
    events.push(request(dice, climate));
  }
  return { events, ticks: dice.chance(0.1) ? 18 : 0 };
}

function climateOf(dice: Dice): Climate {
  const mood = (): Mood =>
    dice.pick(["stale", "stale", "totals", "hidden", "twice", "unreadable", "empty", "rotated", "mess"]);
  const moods = dice.chance(0.3) ? [] : dice.chance(0.7) ? [mood()] : [mood(), mood()];
  return {
    moods: new Set(moods),
    limitMax: dice.pick([2, 3, 4, 6, 10, 20]),
    ties: dice.pick([0, 0.2, 0.5, 0.9]),
    churn: dice.pick([0, 0.1, 0.3, 0.5, 0.7]),
    quirky: dice.pick([0.1, 0.3, 0.6]),
    stops: dice.pick([0, 0, 0.05, 0.2]),
    fulls: dice.pick([0.2, 0.5, 0.8]),
  };
}

function creation(dice: Dice, climate: Climate): Event {
  const count = dice.chance(climate.ties) ? dice.int(2, 12) : 1;
  return { do: "create", count, lag: dice.chance(0.5) ? 0 : dice.int(1, LAG_MAX) };
}

function change(dice: Dice, climate: Climate): Event {
  const at = dice.int(0, 99);
  const kind = dice.int(0, 15);
  if (kind < 4) return creation(dice, climate);
  if (kind < 7) return { do: "expire", count: dice.int(1, dice.chance(0.2) ? 15 : 3) };
  if (kind < 9) return { do: "delete", at, count: dice.int(1, 4) };
  if (kind === 9) return { do: "share", at };
  if (kind === 10) return { do: "hide", at };
  if (kind === 11) return { do: "reveal", at };
  if (kind === 12) return { do: "limit", limit: dice.int(dice.chance(0.1) ? 1 : 2, climate.limitMax) };
  return { do: "advance", minutes: dice.pick([1, 1, 2, 4, 8, 20, 60]) };
}

function request(dice: Dice, climate: Climate): Event {
  const pass: Kind = dice.chance(climate.fulls) ? "full" : "incremental";
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
