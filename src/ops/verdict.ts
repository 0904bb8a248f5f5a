/** The one verdict on an account, which the page, `status`, /readyz and the metrics all repeat. */
import type { AccountStatus, RunStatus } from "../mirror/status.ts";
import { checkFreshness } from "../sync/freshness.ts";
import { formatCount, formatShare, sentence } from "./format.ts";
import { splitError } from "./run-errors.ts";

export type Level = "good" | "warn" | "bad";

export const STATES = [
  "fresh",
  "first_pass",
  "stale",
  "suspicious",
  "unproven",
  "incomplete",
  "drifting",
  "unreadable",
] as const;

export interface Verdict {
  readonly state: (typeof STATES)[number];
  readonly level: Level;
  /** Whether the mirror is as new as its schedule promises: what readiness, alerts and exit codes go by. */
  readonly fresh: boolean;
  readonly headline: string;
  /** Sentences; null where the headline says it all. */
  readonly cause: string | null;
  /** What to do; null where there is nothing to do. */
  readonly hint: string | null;
}

export interface Limits {
  /** Milliseconds after a success at `since` from which on the account is stale. */
  readonly staleMs: (since: number) => number;
  /** Milliseconds after a proven full pass at `since` from which on the mirror is unproven. */
  readonly unprovenMs: (since: number) => number;
}

/** Something to worry about, and which promise it breaks: fresh, complete, or in step with the API. */
export interface Concern extends Verdict {
  readonly topic: "freshness" | "completeness" | "step";
}

const FRESH: Verdict = {
  state: "fresh",
  level: "good",
  fresh: true,
  headline: "The mirror is up to date",
  cause: "It is fresh, proven complete and in step with Apify.",
  hint: null,
};

/** The verdict is the gravest concern. `now`: milliseconds since the epoch. */
export function verdictOf(status: AccountStatus | null, limits: Limits, now: number): Verdict {
  const [gravest] = concernsOf(status, limits, now);
  if (gravest === undefined) return FRESH;
  const { topic: _topic, ...verdict } = gravest;
  return verdict;
}

/** At most one concern for each topic, the gravest first. */
export function concernsOf(status: AccountStatus | null, limits: Limits, now: number): readonly Concern[] {
  if (status === null) return [NEVER_MIRRORED];
  const all = [notFresh(status, limits, now), notProven(status, limits, now), notInStep(status)];
  return all.filter((concern) => concern !== null);
}

const HELD_BACK = "Removals are held back";
const START_HINT = "Start the service, or run `dataset-mirror sync`.";
const NEVER_MIRRORED: Concern = {
  topic: "freshness",
  state: "stale",
  level: "bad",
  fresh: false,
  headline: "Nothing is mirrored yet",
  cause: "The account was never mirrored into this database.",
  hint: START_HINT,
};

function notFresh(status: AccountStatus, { staleMs }: Limits, now: number): Concern | null {
  const { fresh, reason } = checkFreshness(status, staleMs, now);
  if (fresh) return null;
  const isFirst = status.last_success_at === null;
  const stale = { topic: "freshness", state: "stale", level: "bad", fresh: false } as const;
  if (isFirst && status.running !== null) return { ...stale, ...firstPass(status.running) };
  const why = sentence(reason ?? "it is not known why");
  const ended = status.runs.find((run) => run.status !== "running");
  if (ended?.status === "suspicious" && ended.error !== null) {
    const { message, hint } = splitError(ended.error);
    return { ...stale, state: "suspicious", headline: HELD_BACK, cause: message, hint };
  }
  if (ended?.status === "failed" && ended.error !== null) {
    const { headline, detail, hint } = splitError(ended.error);
    return {
      ...stale,
      headline,
      cause: [detail, isFirst ? "" : why].filter(Boolean).join(" ") || null,
      hint,
    };
  }
  return isFirst
    ? { ...stale, headline: "The first pass is not complete", cause: why, hint: START_HINT }
    : {
        ...{ ...stale, headline: "The mirror is stale", cause: why },
        hint: "Is the service running? If it is, its log says why no run succeeds.",
      };
}

function firstPass({ total, offset_to: read }: RunStatus) {
  const share = total === null || total === 0 ? 0 : Math.min(1, (read ?? 0) / total);
  const cause = `${formatCount(read ?? 0)} of ${formatCount(total ?? 0)} datasets are read.`;
  return {
    ...({ state: "first_pass", level: "warn", hint: null } as const),
    headline: `First pass, ${formatShare(share)}`,
    cause: total === null ? "Apify has not answered yet." : cause,
  };
}

function notProven(status: AccountStatus, { unprovenMs }: Limits, now: number): Concern | null {
  const doubt = { topic: "completeness", level: "warn", fresh: true } as const;
  const { suspicious, last_full_pass_at: provenAt, rejected } = status;
  if (suspicious) {
    return {
      ...{ ...doubt, state: "suspicious", headline: HELD_BACK },
      cause: "A run would have removed more datasets than REMOVAL_BRAKE allows, so it removed none.",
      hint: "Is it the token of another account? If they are really gone, run `dataset-mirror sync --full --accept-removals`.",
    };
  }
  if (provenAt === null || now - provenAt > unprovenMs(provenAt)) {
    return {
      ...{ ...doubt, state: "unproven", headline: "The mirror is fresh, but not proven complete" },
      cause:
        provenAt === null
          ? "No full pass has been proven from the first row to the last yet."
          : "The last proven full pass is longer ago than three ticks of FULL_SYNC_CRON.",
      hint: "The errors of the full runs in apify.sync_runs say why; `dataset-mirror sync --full` makes one now.",
    };
  }
  if (rejected.full === null || rejected.full === 0) return null;
  return {
    ...{ ...doubt, state: "incomplete", headline: `${plural(rejected.full, "dataset")} cannot be mirrored` },
    cause: "Apify sent items that no row can hold; all others are mirrored.",
    hint: "See apify.rejected_items for the reasons.",
  };
}

/** The total of the API lags behind its own list, and what expires takes some minutes to be noticed: this much is no drift. */
const DRIFT_ROWS = 20;
const DRIFT_SHARE = 0.02;

function notInStep({ drift, remote_total: total, live_rows: live }: AccountStatus): Concern | null {
  if (drift === null || total === null) return null;
  if (Math.abs(drift) <= Math.max(DRIFT_ROWS, DRIFT_SHARE * total)) return null;
  return {
    ...{ topic: "step", state: "drifting", level: "warn", fresh: true },
    headline: "The mirror and Apify differ",
    cause: `The mirror has ${plural(live, "live dataset")}, Apify counts ${formatCount(total)}.`,
    hint: "A full pass should fix it; if it does not, see the drift alert in deploy/README.md.",
  };
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
