import type { Held, Kind, Run } from "../mirror/begin-run.ts";
import type { RunSummary } from "../mirror/run-summaries.ts";
import { TurnOverError, runOnce } from "../sync/run.ts";
import type { RunContext, RunOrder } from "../sync/run.ts";
import type { RunReport } from "../sync/run-report.ts";
import type { Schedules } from "../sync/schedule.ts";
import type { Lane } from "./due.ts";

/** An account of the fleet in this process. */
export interface FleetAccount {
  readonly source: string;
  readonly schedules: Schedules;
  readonly context: Omit<RunContext, "interrupt">;
  readonly requestTimeoutMs: number;
  /** What keeps its requests from being answered, in a few words; null if nothing does. */
  readonly trouble: () => string | null;
  /** Called after runs that succeeded: what is to be done now and then. */
  readonly tidy: () => Promise<void>;
}

export interface Turn {
  readonly kind: Kind;
  readonly lane: Lane;
  readonly summary: RunSummary | null;
  /** Tells this run from all others, also of this process: two runs of one holder would share the lease. */
  readonly holder: string;
  readonly signal: AbortSignal;
}

/** Milliseconds a run may take: what did not end goes on at its next turn, behind those who wait. */
const TURN_MS: Readonly<Record<Lane, number>> = { quick: 15_000, slow: 60_000 };
/** A first pass that takes many turns is not begun anew while it is younger. */
const FIRST_PASS_MS_MAX = 30 * 86_400_000;

/** Runs one pass of the account for as long as its turn lasts, and hands the lease back. */
export async function takeTurn(account: FleetAccount, turn: Turn): Promise<RunReport | Held> {
  const { clock, settings, observer } = account.context;
  const over = new AbortController();
  const done = new AbortController();
  let hasPage = false;
  const end = (ms: number, isOver: () => boolean) =>
    clock.sleep(ms, done.signal).then(
      () => isOver() && over.abort(new TurnOverError(Math.round(ms / 1000), account.trouble())),
      () => {},
    );
  void end(Math.min(TURN_MS[turn.lane], account.requestTimeoutMs), () => !hasPage);
  void end(TURN_MS[turn.lane], () => true);
  const signal = AbortSignal.any([turn.signal, over.signal]);
  const context: RunContext = {
    ...account.context,
    settings: { ...settings, holder: turn.holder },
    observer: {
      ...observer,
      pageCommitted(run, progress) {
        hasPage = true;
        observer.pageCommitted(run, progress);
      },
    },
    interrupt: () => Promise.resolve(null),
  };
  const interrupt = servesTicks(account, context, turn, signal);
  try {
    return await runOnce({ ...context, interrupt }, orderOf(account, turn), signal);
  } finally {
    done.abort();
  }
}

function orderOf({ schedules, context: { clock } }: FleetAccount, { kind, summary }: Turn): RunOrder {
  const isFirst = summary === null || !summary.isProven;
  return {
    ...{ kind, trigger: "schedule", within: null, acceptRemovals: false, preempt: false, keepLease: false },
    resumeMsMax: isFirst ? FIRST_PASS_MS_MAX : schedules.full.intervalMs(clock.now()),
  };
}

/** Incremental ticks that come due during a longer pass are served between two of its commits, under its lease. */
function servesTicks(
  account: FleetAccount,
  context: RunContext,
  turn: Turn,
  signal: AbortSignal,
): (run: Run) => Promise<RunReport | null> {
  const { schedules } = account;
  const { clock } = context;
  const { summary } = turn;
  // Ticks go by the database's clock.
  const aheadMs = (summary?.now ?? clock.now()) - clock.now();
  let began = summary?.began.incremental ?? null;
  return async (run) => {
    const now = clock.now() + aheadMs;
    const isFirst = run.adoptsScope || run.state.incremental.cursor.anchor === null;
    if (run.isNested || run.kind === "incremental" || isFirst || began === null) return null;
    if ((schedules.incremental.next(began) ?? Infinity) > now) return null;
    began = now;
    const order = { ...orderOf(account, turn), kind: "incremental", within: run.lease } as const;
    const result = await runOnce(context, order, signal);
    return "heldBy" in result ? null : result;
  };
}
