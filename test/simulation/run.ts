import { Check, Violation } from "./check.ts";
import { GRACE } from "./model-mirror.ts";
import { LOOKBACK, Passes } from "./passes.ts";
import type { Kind, Outcome } from "./passes.ts";
import type { Event, Scenario } from "./scenario.ts";
import { scenarioOf } from "./scenario.ts";
import { answer } from "./server.ts";
import type { Quirks } from "./server.ts";
import { World } from "./world.ts";

export type Log = (line: string) => void;

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

  constructor(scenario: Scenario, log: Log | undefined) {
    this.#scenario = scenario;
    this.#log = log;
    this.#passes = new Passes();
    this.#check = new Check(this.#world, this.#passes);
  }

  play(): void {
    const { events, ticks } = this.#scenario;
    for (const event of events) this.#happen(event);
    this.#log?.("-- at rest --");
    this.#limit = Math.max(2, this.#limit);
    this.#passes.stop();
    this.#pass("incremental");
    this.#check.caughtUp();
    this.#world.now += LOOKBACK;
    if (this.#passes.stored.full !== null) this.#pass("full");
    for (let left = 2; left > 0; left -= 1) {
      this.#pass("full");
      this.#world.now += GRACE;
    }
    this.#check.equal("after two full passes");
    if (ticks > 0) this.#tick(ticks);
  }

  /** I7: whatever was learned before, a list at rest comes back to one request a tick. */
  #tick(ticks: number): void {
    this.#world.now += LOOKBACK;
    let requests = 0;
    for (let left = ticks; left > 0; left -= 1) requests = this.#pass("incremental");
    this.#check.equal("after quiet ticks");
    // Two rows of overlap make a short page only where a page holds more than two.
    if (this.#limit > 2 && requests > 1)
      throw new Violation("I7", `a list at rest still costs ${requests} requests a tick`);
  }

  #happen(event: Event): void {
    this.#log?.(JSON.stringify(event));
    switch (event.do) {
      case "create":
        return this.#world.create(event.count, event.lag);
      case "share":
      case "hide":
      case "reveal":
        return this.#world[event.do](event.at);
      case "expire":
        return this.#world.expire(event.count);
      case "delete":
        return this.#world.delete(event.at, event.count);
      case "advance":
        this.#world.now += event.minutes;
        return;
      case "limit":
        this.#limit = event.limit;
        return;
      case "stop":
        return this.#passes.stop();
      case "request":
        this.#request(event.pass, event.quirks ?? {});
    }
  }

  /** A whole pass over a list at rest, honestly answered; returns how many requests it took. */
  #pass(kind: Kind): number {
    for (let requests = 1; ; requests += 1) {
      const outcome = this.#request(kind, {});
      if (outcome.step.kind === "exhausted") throw new Violation("I5", "a list at rest exhausted a walk");
      if (outcome.ended) return requests;
    }
  }

  #request(kind: Kind, quirks: Quirks): Outcome {
    if (this.#passes.running === null) this.#check.begun(kind, this.#passes.begin(kind, this.#world.now));
    const answered = answer(this.#world, this.#passes.nextOffset, this.#limit, quirks);
    const outcome = this.#passes.take(answered.page, this.#world.now);
    if (this.#log) this.#log(describe(outcome));
    this.#check.answered(answered, quirks, outcome);
    return outcome;
  }
}

function describe({ kind, step, walkBefore, kept, missing, removed }: Outcome): string {
  const { cursor } = step.walk;
  const parts = [
    `   ${kind} asked ${walkBefore.nextOffset} for after ${walkBefore.cursor.anchor?.id ?? "start"}: ${step.kind}`,
    `cursor ${cursor.offset} ${cursor.anchor?.id ?? "start"}@${cursor.anchor?.createdAt ?? "-"}`,
    `kept ${kept.after.anchor?.id ?? "start"}`,
  ];
  if (step.kind === "accepted") {
    parts.push(`rows ${step.page.rows.map((row) => `${row.id ?? "?"}@${row.createdAt ?? "?"}`).join(" ")}`);
    if (step.end !== null) parts.push(`end ${step.end}`);
  }
  if (missing.length > 0) parts.push(`missing ${missing.map((row) => row.id).join(" ")}`);
  if (removed.length > 0) parts.push(`removed ${removed.map((row) => row.id).join(" ")}`);
  return parts.join(", ");
}
