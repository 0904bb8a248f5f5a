/** What must hold after every run of a whole world, whatever happened in it. */
import { expect } from "vitest";

import type { RequestRecord } from "../../src/sandbox/record.ts";
import { listed, mirrored } from "../support/equal.ts";
import { expectCountersTrue } from "../support/ledger.ts";
import type { MovingAccount } from "./moving-account.ts";
import type { Climate } from "./whole-plan.ts";
import { isSpoiling } from "./whole-plan.ts";
import type { Passed, WholeWorld } from "./whole-world.ts";

/** What was listed when a pass began. */
export interface Sight {
  readonly at: number;
  readonly ids: readonly string[];
}

interface MirroredRow {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly missing_since: number | null;
  readonly removed_at: number | null;
}

/** Older than this, a dataset is in every view of the list. */
const SETTLED_MS = 31_000;

export class WholeCheck {
  readonly #world: WholeWorld;
  readonly #climate: Climate;
  readonly #moving: MovingAccount;
  /** Of the full pass in progress: it began with another run than the one that ends it. */
  #fullPass: { readonly id: number; readonly sight: Sight } | null = null;

  constructor(world: WholeWorld, climate: Climate, moving: MovingAccount) {
    this.#world = world;
    this.#climate = climate;
    this.#moving = moving;
  }

  /** Looks at the list before a run begins. */
  sight(): Sight {
    const at = this.#world.clock.now();
    const shown = this.#snapshot().filter(({ createdAt }) => Date.parse(createdAt) <= at - SETTLED_MS);
    return { at, ids: shown.map(({ id }) => id) };
  }

  /** `before`: what was listed when the run began; `requests`: of this run. */
  async ran(passed: Passed, before: Sight, requests: readonly RequestRecord[]): Promise<void> {
    await this.#runIsTruthful(passed, requests);
    await expectCountersTrue(this.#world.ask, this.#world.source);
    const rows = await this.#rows();
    this.#nothingFalselyRemoved(rows);
    this.#noGraceShortened(rows);
    const live = liveIdsOf(rows);
    const { run, complete, outcome } = passed.report;
    const { pass } = run;
    if (pass !== null && pass.id !== this.#fullPass?.id) this.#fullPass = { id: pass.id, sight: before };
    const sight = pass === null ? before : (this.#fullPass?.sight ?? before);
    // A named pass promises nothing of the other datasets.
    const isWhole = complete && outcome.status === "succeeded" && run.kind !== "named";
    if (isWhole) this.#nothingMissed(live, run.kind === "full", sight);
    await this.#cursorNotAhead(live);
  }

  /** The live rows are the datasets of the account, whatever was seen of their changes. */
  async listed(): Promise<void> {
    const live = liveIdsOf(await this.#rows());
    expect([...live].toSorted(), "live after quiet ticks").toEqual(
      this.#snapshot()
        .map(({ id }) => id)
        .toSorted(),
    );
  }

  /** The live rows are the account, field by field. */
  async equal(): Promise<void> {
    const { url, source } = this.#world;
    const mine = "(select * from apify.live_datasets where source = $1) mine";
    expect(await mirrored(url, mine, [source])).toEqual(listed(this.#snapshot()));
    const [sight] = await this.#world.ask("select drift::int from apify.freshness where source = $1", [
      this.#world.source,
    ]);
    expect(sight?.["drift"]).toBe(0);
  }

  async #runIsTruthful({ report, witness }: Passed, requests: readonly RequestRecord[]): Promise<void> {
    const [row] = await this.#world.ask<{ row: Record<string, unknown> }>(
      "select to_jsonb(r) as row from apify.sync_runs r where id = $1",
      [report.run.id],
    );
    const run = row?.row ?? {};
    const figure = (name: string) => Number(run[name]);
    const isDead = String(report.cause).includes("killed by the plan");
    expect(run["status"]).toBe(isDead ? "running" : report.outcome.status);
    expect(run["finished_at"] === null).toBe(isDead);
    if (!isDead) expect(run["error"] === null).toBe(run["status"] === "succeeded");
    const kinds = figure("inserted") + figure("updated") + figure("unchanged") + figure("rejected");
    expect(figure("count"), "count").toBe(kinds);
    if (isDead) return;
    expect(figure("pages"), "pages").toBe(witness.pages);
    if (this.#climate.depth > 1) return;
    const answered = requests.filter(({ fault }) => fault !== "redirect-same");
    expect(figure("throttled"), "throttled").toBe(requests.filter(({ status }) => status === 429).length);
    // A request that was cut off before the server saw it is counted where it was sent.
    expect(figure("requests"), "requests").toBeGreaterThanOrEqual(answered.length);
  }

  /** What never left the list is never removed, and what is removed and never came back has left it. */
  #nothingFalselyRemoved(rows: readonly MirroredRow[]): void {
    const wrong = rows.filter(({ id, removed_at }) => removed_at !== null && !this.#moving.left.has(id));
    expect(wrong, "removed although they never left the list").toEqual([]);
  }

  /** The grace has passed by the one clock that runs evenly, however the host's steps. */
  #noGraceShortened(rows: readonly MirroredRow[]): void {
    const { grace } = this.#climate;
    const wrong = rows.filter(
      ({ missing_since, removed_at }) => removed_at !== null && removed_at < (missing_since ?? NaN) + grace,
    );
    expect(wrong, "removed before their grace was over").toEqual([]);
  }

  /** A pass that says it is complete has what was listed from its beginning to its end. */
  #nothingMissed(live: ReadonlySet<string>, isFull: boolean, { at, ids }: Sight): void {
    const { faults, delays } = this.#climate;
    // A rejected item is kept apart, and a later pass looks at it again only if it is a full one.
    if (faults.some(isSpoiling)) return;
    const listedNow = new Set(this.#snapshot().map(({ id }) => id));
    // Incremental passes promise what comes at the end of the list; views of long ago do not know who moved.
    const movedAt = (id: string) => this.#moving.moved.get(id) ?? -Infinity;
    const isPromised = (id: string) => movedAt(id) < (isFull && !delays.stale ? at : 0);
    const missed = ids.filter((id) => listedNow.has(id) && isPromised(id) && !live.has(id));
    expect(missed, "listed throughout a complete pass and not in the mirror").toEqual([]);
  }

  async #cursorNotAhead(live: ReadonlySet<string>): Promise<void> {
    if (this.#climate.faults.some(isSpoiling)) return;
    const [source] = await this.#world.ask<{ at: number | null }>(
      `select (extract(epoch from incremental_anchor_created_at) * 1000)::float8 as at
       from apify.sources where name = $1`,
      [this.#world.source],
    );
    const anchoredAt = source?.at ?? null;
    if (anchoredAt === null) return;
    const passedOver = this.#snapshot()
      .filter(({ id, createdAt }) => Date.parse(createdAt) < anchoredAt && !this.#moving.moved.has(id))
      .filter(({ id }) => !live.has(id));
    expect(passedOver, "before the cursor and not in the mirror").toEqual([]);
  }

  #rows(): Promise<MirroredRow[]> {
    return this.#world.ask<MirroredRow>(
      `select id, ${ms("missing_since")}, ${ms("removed_at")} from apify.datasets where source = $1`,
      [this.#world.source],
    );
  }

  #snapshot() {
    return this.#world.sandbox.account.snapshot({ unnamed: this.#climate.unnamed });
  }
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8 as ${column}`;

/** Neither missing nor removed. */
function liveIdsOf(rows: readonly MirroredRow[]): Set<string> {
  const live = rows.filter(({ missing_since, removed_at }) => missing_since === null && removed_at === null);
  return new Set(live.map(({ id }) => id));
}
