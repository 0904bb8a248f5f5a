/** A run from its row's first state to its last: whatever happens in between, it is closed and told once. */
import { OperatorError, messageOf } from "../core/errors.ts";
import type { Held, Kind, Run, Scope, Trigger } from "../mirror/begin-run.ts";
import { PagesLostError } from "../mirror/page-commit.ts";
import type { Ending, Outcome, RemovalRule, Status } from "../mirror/end-run.ts";
import type { SourceState } from "../mirror/state.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { beginPass, trafficOf, walkToEnd } from "./pass.ts";
import type { PassContext, PassProgress, PassState } from "./pass.ts";

export interface RunSettings {
  readonly source: string;
  readonly scope: Scope;
  readonly holder: string;
  readonly removal: Omit<RemovalRule, "accept">;
}

export interface RunOrder {
  readonly kind: Kind;
  readonly trigger: Trigger;
  readonly acceptRemovals: boolean;
  /** Take the lease from a service that is between two runs. */
  readonly preempt: boolean;
  /** Keep the lease after the run. */
  readonly keepLease: boolean;
}

/** What an operator wants to know of a run that ended. */
export interface RunReport {
  readonly run: Run;
  readonly trigger: Trigger;
  readonly outcome: Outcome;
  readonly complete: boolean;
  readonly progress: PassProgress | null;
  readonly traffic: Ending["traffic"];
  readonly durationMs: number;
  /** What was thrown, if the run failed; a bug unless it is an OperatorError. */
  readonly cause: unknown;
}

export interface RunContext extends PassContext {
  readonly settings: RunSettings;
}

/**
 * Runs one pass. Throws only when the run could not even begin; how it ended otherwise is in the report.
 * An abort of `signal` lets the page in hand commit and ends the run as interrupted.
 */
export async function runOnce(
  context: RunContext,
  order: RunOrder,
  signal: AbortSignal,
): Promise<RunReport | Held> {
  const { mirror, clock, settings, source } = context;
  const startedAt = clock.now();
  const run = await mirror.beginRun({
    ...settings,
    choose: (state) => chooseKind(order, state),
    trigger: order.trigger,
    preempt: order.preempt,
    now: startedAt,
  });
  if ("heldBy" in run) return run;
  context.observer.runStarted(run, order.trigger);
  const state = beginPass(run, source);
  const walked = await walkUnderLease(context, run, state, signal);
  const traffic = trafficOf(source, state);
  const rule = { ...settings.removal, accept: order.acceptRemovals };
  const ending: Ending = {
    ...verdict(walked, signal),
    pages: state.position.pages,
    complete: state.position.end === "proven" && state.position.provesAbsence,
    passEnd: state.position.end === null ? null : { incremental: state.position.resumeCursor, rule },
    keepLease: order.keepLease && !signal.aborted,
    now: clock.now(),
    traffic,
  };
  const closed = await close(context, run, ending, walked);
  const { progress } = state;
  const durationMs = clock.now() - startedAt;
  const report = { run, trigger: order.trigger, ...closed, progress, traffic, durationMs };
  context.observer.runEnded(report);
  return report;
}

/**
 * On an empty mirror the first pass is a full one. A full pass that was stopped is gone on with when the service starts;
 * later its own schedule does, so that a full pass that always fails does not keep new datasets away.
 */
function chooseKind({ kind, trigger }: RunOrder, state: SourceState): Kind {
  const isEmpty = state.incremental.cursor.anchor === null && state.lastFullPassAt === null;
  return kind === "full" || isEmpty || (trigger === "startup" && state.full !== null)
    ? "full"
    : "incremental";
}

/** Returns what was thrown, undefined if the walk reached the end. */
async function walkUnderLease(
  context: RunContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<unknown> {
  const lost = new AbortController();
  const heartbeat = startHeartbeat(context, run.lease, (error) => lost.abort(error));
  try {
    await walkToEnd(context, run, state, AbortSignal.any([signal, lost.signal]));
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await heartbeat[Symbol.asyncDispose]();
  }
}

function verdict(cause: unknown, signal: AbortSignal): { status: Status; error: string | null } {
  if (cause === undefined) return { status: "succeeded", error: null };
  if (signal.aborted && cause === signal.reason)
    return { status: "interrupted", error: "stopped on request" };
  return { status: "failed", error: describe(cause) };
}

/** One line for the run's row: what happened and what can be done. */
export function describe(error: unknown): string {
  const hint = error instanceof OperatorError && error.hint !== undefined ? ` ${error.hint}` : "";
  return `${messageOf(error)}.${hint}`.replace(/([.!?])\.( |$)/, "$1$2");
}

type Closed = Pick<RunReport, "outcome" | "complete" | "cause">;

/** A run that cannot be closed, say because the database is away, is found and closed by the next one. */
async function close(context: RunContext, run: Run, ending: Ending, cause: unknown): Promise<Closed> {
  try {
    return { outcome: await context.mirror.endRun(run, ending), complete: ending.complete, cause };
  } catch (error) {
    if (error instanceof PagesLostError) return close(context, run, asFailed(ending, error), error);
    context.observer.runLeftOpen(run, error);
    const status = ending.status === "interrupted" ? "interrupted" : "failed";
    return {
      outcome: { status, removed: 0, error: ending.error ?? describe(error) },
      complete: false,
      cause: cause ?? error,
    };
  }
}

/** What the pages proved is not to be concluded. */
function asFailed(ending: Ending, error: OperatorError): Ending {
  return { ...ending, status: "failed", error: describe(error), complete: false, passEnd: null };
}
