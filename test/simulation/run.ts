import { Check, Violation } from "./check.ts";
import { GRACE } from "./model-mirror.ts";
import { LOOKBACK, Passes } from "./passes.ts";
import type { Kind, Outcome } from "./passes.ts";
import { checkEqual, checkRemoved, isEqual, isRemoved } from "./rest.ts";
import type { Event, Scenario } from "./scenario.ts";
import { scenarioOf } from "./scenario.ts";
import { answer } from "./server.ts";
import type { Quirks } from "./server.ts";
import { World } from "./world.ts";

export type Log = (line: string) => void;

/** Ticks within which everything is found that the search can find. */
const TICKS_MAX = 40;
/** A page of fewer rows proves too little: those at its ends only confirm the others. */
const LIMIT_MIN = 8;
/** Beside odd rows, too: pages that overlap by half must be cut between two gaps as well. */
const LIMIT_MIN_ODD = 20;

/** Runs a world to its end and then lets it rest; null when every invariant held. A pure function of the scenario. */
export function runScenario(scenario: Scenario, log?: Log): Violation | null {
  try {
    new Run(scenario, log).play();
    return null;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    log?.(`   ✗ ${error.message}`);
    return error;
  }
}

export function runSeed(seed: number, log?: Log): Violation | null {
  return runScenario(scenarioOf(seed), log);
}

class Run {
  readonly #world = new World();
  readonly #scenario: Scenario;
  readonly #passes: Passes;
  readonly #check: Check;
  readonly #log: Log | undefined;
  #limit = 2;
  /** The smallest one that a page was asked for with. */
  #limitMin = Infinity;

  constructor(scenario: Scenario, log: Log | undefined) {
    this.#scenario = scenario;
    this.#log = log;
    this.#world.excess = scenario.excess;
    this.#passes = new Passes(scenario.reconcileRequests);
    this.#check = new Check(this.#world, this.#passes);
  }

  play(): void {
    for (const event of this.#scenario.events) this.#happen(event);
    this.#log?.("-- at rest --");
    const isOdd = this.#world.list.some(({ oddity }) => oddity !== null);
    this.#limit = Math.max(isOdd ? LIMIT_MIN_ODD : LIMIT_MIN, this.#limit);
    this.#passes.stop();
    this.#pass("incremental");
    this.#check.caughtUp();
    this.#world.now += LOOKBACK;
    if (this.#isFound()) this.#findAll();
    if (this.#passes.stored.full !== null) this.#pass("full");
    this.#pass("full");
    checkEqual(this.#world, this.#passes, "after a full pass");
    this.#world.now += GRACE;
    this.#pass("full");
    checkEqual(this.#world, this.#passes, "after two full passes");
    checkRemoved(this.#world, this.#passes, "after two full passes");
    this.#tick();
  }

  /**
   * Whether ticks alone find all: what came into the middle may hide as much that is gone, and so may a shift that
   * remained when answers were wrong, rows odd, or pages too short for a group of ties; that is for the next full pass.
   */
  #isFound(): boolean {
    const { list, isMiddleMoved, excess } = this.#world;
    const { reconcileRequests } = this.#scenario;
    const isSearched = reconcileRequests > 0 && this.#limitMin >= LIMIT_MIN;
    if (!isSearched || isMiddleMoved || !this.#check.isHealedByTicks) return false;
    const isPlain = this.#check.isHonest && excess === 0 && list.every(({ oddity }) => oddity === null);
    const hasRemainder = this.#passes.stored.reconcile.remainder !== 0;
    if (!isPlain && hasRemainder) return false;
    const ties = Map.groupBy(list, ({ createdAt }) => createdAt);
    const tiesMax = Math.max(0, ...[...ties.values()].map((rows) => rows.length));
    const odd = list.some(({ oddity }) => oddity !== null) ? 4 : 0;
    return tiesMax + 2 + odd <= (hasRemainder ? this.#limitMin : this.#limit) / 2;
  }

  /** Within some quiet ticks live rows are the list, and past the grace what is gone is removed. */
  #findAll(): void {
    this.#tickUntil(() => isEqual(this.#world, this.#passes));
    checkEqual(this.#world, this.#passes, "after quiet ticks");
    this.#world.now += GRACE;
    this.#tickUntil(() => isRemoved(this.#world, this.#passes));
    checkEqual(this.#world, this.#passes, "after more quiet ticks");
    checkRemoved(this.#world, this.#passes, "after quiet ticks past the grace");
  }

  #tickUntil(isDone: () => boolean): void {
    for (let left = TICKS_MAX; left > 0 && !isDone(); left -= 1) {
      this.#world.now += 1;
      if (this.#pass("incremental").needsFullPass) this.#pass("full");
    }
  }

  /** I7: whatever was learned before, a list at rest comes back to one request a tick. */
  #tick(): void {
    const { ticks } = this.#scenario;
    if (ticks === 0) return;
    this.#world.now += LOOKBACK;
    let requests = 0;
    for (let left = ticks; left > 0; left -= 1) ({ requests } = this.#pass("incremental"));
    checkEqual(this.#world, this.#passes, "after quiet ticks");
    // Two rows of overlap make a short page only where a page holds more than two.
    // A total that is too high is asked again.
    if (this.#limit > 2 && requests > 1 + 3 * this.#world.excess)
      throw new Violation("I7", `a list at rest still costs ${requests} requests a tick`);
  }

  #happen(event: Event): void {
    this.#log?.(JSON.stringify(event));
    switch (event.do) {
      case "create":
        return this.#world.create(event.count, event.lag, event.oddity);
      case "share":
      case "hide":
      case "reveal":
      case "spoil":
        return this.#world[event.do](event.at);
      case "expire":
        return this.#world.expire(event.count);
      case "delete":
        return this.#world.delete(event.at, event.count);
      case "thin":
        return this.#world.thin(event.every);
      case "advance":
        this.#world.now += event.minutes;
        return;
      case "limit":
        this.#limit = event.limit;
        return;
      case "stop":
        return this.#passes.stop();
      case "tick":
        if (this.#passes.isFree) this.#pass("incremental");
        return;
      case "request":
        this.#request(event.pass, event.quirks ?? {});
    }
  }

  /** A whole run over a list at rest, honestly answered, if need be inside of the one under way. */
  #pass(kind: Kind): { readonly requests: number; readonly needsFullPass: boolean } {
    this.#begin(kind);
    for (let requests = 1; ; requests += 1) {
      const { step, ended, needsFullPass } = this.#request(kind, {});
      if (step?.kind === "exhausted" && !this.#isStuck())
        throw new Violation("I5", "a list at rest exhausted a walk");
      if (ended) return { requests, needsFullPass };
    }
  }

  /** A walk cannot pass so many rows without a place that they fill a page up to what it overlaps. */
  #isStuck(): boolean {
    let unplaced = 0;
    return this.#world.list.some(({ oddity }) => {
      unplaced = oddity === "unreadable" || oddity === "undated" ? unplaced + 1 : 0;
      return unplaced >= this.#limit / 2;
    });
  }

  #begin(kind: Kind): void {
    const begun = this.#passes.begin(kind, this.#world.now);
    this.#check.begun(begun.kind, begun.isNew);
  }

  #request(kind: Kind, quirks: Quirks): Outcome {
    if (this.#passes.running === null) this.#begin(kind);
    const { limit, ...request } = this.#passes.request;
    this.#limitMin = Math.min(this.#limitMin, this.#limit);
    const answered = answer(this.#world, { ...request, limit: Math.min(limit, this.#limit) }, quirks);
    const outcome = this.#passes.take(answered, this.#world.now);
    if (this.#log) this.#log(describe(outcome, answered));
    this.#check.answered(answered, quirks, outcome);
    return outcome;
  }
}

function describe(
  { kind, step, before, after, missing, removed }: Outcome,
  {
    page: { offset, rows },
  }: { page: { offset: number; rows: readonly { id: string | null; createdAt: number | null }[] } },
): string {
  const { cursor } = after.walk;
  const parts = [
    `   ${kind} asked ${offset} for after ${before.walk.cursor.anchor?.id ?? "start"}: ${step?.kind ?? "looked at"}`,
    `cursor ${cursor.offset} ${cursor.anchor?.id ?? "start"}@${cursor.anchor?.createdAt ?? "-"}`,
    `kept ${after.resumeCursor.anchor?.id ?? "start"}`,
    `rows ${rows.map((row) => `${row.id ?? "?"}@${row.createdAt ?? "?"}`).join(" ")}`,
  ];
  if (step?.kind === "accepted" && step.end !== null) parts.push(`end ${step.end}`);
  if (missing.length > 0) parts.push(`missing ${missing.map((row) => row.id).join(" ")}`);
  if (removed.length > 0) parts.push(`removed ${removed.map((row) => row.id).join(" ")}`);
  return parts.join(", ");
}
