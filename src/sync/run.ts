/** A run from its row's first state to its last: whatever happens in between, it is closed and reported once. */
import { OperatorError, messageOf } from "../core/errors.ts";
import { PagesLostError } from "../mirror/batch.ts";
import type { AbsenceRule, Held, Kind, Run, Scope, Trigger } from "../mirror/begin-run.ts";
import { BrakeError } from "../mirror/brake.ts";
import type { Ending, Outcome, Status } from "../mirror/end-run.ts";
import type { Lease } from "../mirror/lease.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { beginPass, trafficOf } from "./pass-state.ts";
import type { PassContext, PassState } from "./pass-state.ts";
import { walkToEnd } from "./pass.ts";
import { reconcile } from "./reconcile.ts";
import type { Reconciled } from "./reconcile.ts";
import type { RunReport } from "./run-report.ts";

export interface RunSettings {
  readonly source: string;
  readonly scope: Scope;
  readonly holder: string;
  readonly absence: Pick<AbsenceRule, "graceMs"> & { readonly brakeShare: number };
}

export interface RunOrder {
  readonly kind: Kind;
  readonly trigger: Trigger;
  readonly acceptRemovals: boolean;
  /** Milliseconds: a full pass that was stopped is resumed while it is younger. */
  readonly resumeMsMax: number;
  /** Take the lease from a service that is between two runs. */
  readonly preempt: boolean;
  /** The lease of the run that this one interrupts; null for a run of its own. */
  readonly within: Lease | null;
  /** Keep the lease after the run. */
  readonly keepLease: boolean;
}

export interface RunContext extends PassContext {
  readonly settings: RunSettings;
  /** Whether this process has compared the token's owner with the mirror's. */
  readonly owner: { isChecked: boolean };
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
  const { mirror, clock, source } = context;
  const startedAt = clock.now();
  const run = await mirror.beginRun(requestOf(context, order));
  if ("heldBy" in run) return run;
  context.observer.runStarted(run, order.trigger);
  const state = beginPass(run, source);
  const worked = await workUnderLease(context, run, state, signal);
  const ending = endingOf(context, order, run, state, worked, signal);
  const closed = await close(context, run, ending, worked.cause);
  const report = {
    run,
    trigger: order.trigger,
    ...closed,
    progress: state.progress,
    traffic: ending.traffic,
    durationMs: clock.now() - startedAt,
    needsFullPass: worked.reconciled?.needsFullPass ?? false,
  };
  context.observer.runEnded(report);
  return report;
}

function requestOf({ settings }: RunContext, { acceptRemovals, keepLease: _keep, ...order }: RunOrder) {
  const { source, scope, holder, absence } = settings;
  const brake = { share: absence.brakeShare, accept: acceptRemovals };
  return { source, scope, holder, ...order, rule: { graceMs: absence.graceMs, brake } };
}

interface Worked {
  /** What was thrown, undefined if the work was done. */
  readonly cause: unknown;
  readonly reconciled: Reconciled | null;
}

async function workUnderLease(
  context: RunContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<Worked> {
  const lost = new AbortController();
  // The run that a nested one interrupts keeps the lease for both.
  const heartbeat = run.isNested ? null : startHeartbeat(context, run.lease, (error) => lost.abort(error));
  try {
    return {
      cause: undefined,
      reconciled: await work(context, run, state, AbortSignal.any([signal, lost.signal])),
    };
  } catch (cause) {
    return { cause, reconciled: null };
  } finally {
    await heartbeat?.[Symbol.asyncDispose]();
  }
}

async function work(
  context: RunContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<Reconciled | null> {
  await checkOwner(context, run, state, signal);
  await walkToEnd(context, run, state, signal);
  return run.kind === "incremental" ? reconcile(context, run, state, signal) : null;
}

/** Once a process: a token of another account must not write into this one's mirror. */
async function checkOwner(
  { owner, source, mirror }: RunContext,
  run: Run,
  { meter }: PassState,
  signal: AbortSignal,
): Promise<void> {
  if (owner.isChecked) return;
  const user = await source.fetchOwner(meter, signal);
  // An account without a dataset of its own does not tell; it is asked again at the next run.
  if (user === null) return;
  await mirror.checkOwner(run, user);
  owner.isChecked = true;
}

function endingOf(
  { source }: RunContext,
  order: RunOrder,
  run: Run,
  state: PassState,
  { cause, reconciled }: Worked,
  signal: AbortSignal,
): Ending {
  const { walk, end, resumeCursor: cursor, rejected } = state.position;
  // A total that is a little too high for ever must not keep a pass from its end; a whole page that is missing may.
  const isReached =
    end === "proven" || (end === "unconfirmed" && (walk.total ?? 0) - walk.cursor.offset < PAGE_LACK_MAX);
  return {
    ...verdict(cause, signal, state),
    pages: state.progress?.pages ?? 0,
    complete: cause === undefined && isReached,
    passEnd: run.kind === "full" && end !== null ? { cursor, rejected } : null,
    reconcile: reconciled?.learned ?? null,
    keepLease: order.keepLease && !signal.aborted,
    traffic: trafficOf(source, state),
  };
}

/** Rows by which `total` may exceed the list for good. */
const PAGE_LACK_MAX = 1000;

function verdict(
  cause: unknown,
  signal: AbortSignal,
  { progress }: PassState,
): { status: Status; error: string | null } {
  if (cause === undefined) return { status: "succeeded", error: null };
  // A turn in which nothing came is no turn to go on from.
  if (cause instanceof TurnOverError && progress === null)
    return { status: "failed", error: describe(cause) };
  if (cause instanceof TurnOverError)
    return { status: "interrupted", error: "its turn was over; it goes on at the next" };
  if (signal.aborted && cause === signal.reason)
    return { status: "interrupted", error: "stopped on request" };
  return { status: cause instanceof BrakeError ? "suspicious" : "failed", error: describe(cause) };
}

/** The time that a run may take while others wait is over. As the reason of an abort it lets the page in hand commit. */
export class TurnOverError extends OperatorError {
  override name = "TurnOverError";

  constructor(seconds: number, trouble: string | null) {
    super(`no page came within ${seconds} s${trouble === null ? "" : `: ${trouble}`}`, {
      hint: "Other accounts get their turn; this one tries again later, less often as long as it fails.",
    });
  }
}

/** The error in the run's row: a line that says what happened and, where it is known, one that says what to do. */
export function describe(error: unknown): string {
  const hint = error instanceof OperatorError && error.hint !== undefined ? `\n${error.hint}` : "";
  return `${messageOf(error).replace(/\s*\n\s*/g, " ")}.`.replace(/([.!?])\.$/, "$1") + hint;
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
    const outcome: Outcome = { status, error: ending.error ?? describe(error) };
    return { outcome, complete: false, cause: cause ?? error };
  }
}

/** What the pages proved is not to be concluded. */
function asFailed(ending: Ending, error: OperatorError): Ending {
  return {
    ...ending,
    status: "failed",
    error: describe(error),
    complete: false,
    passEnd: null,
    reconcile: null,
  };
}
