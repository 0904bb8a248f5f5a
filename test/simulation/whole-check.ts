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
    await this.#nothingFalselyRemoved();
    const { run, complete, outcome } = passed.report;
    const { pass } = run;
    if (pass !== null && pass.id !== this.#fullPass?.id) this.#fullPass = { id: pass.id, sight: before };
    const sight = pass === null ? before : (this.#fullPass?.sight ?? before);
    const isWhole = complete && outcome.status === "succeeded";
    if (isWhole) await this.#nothingMissed(run.kind === "full", sight);
    await this.#cursorNotAhead();
  }

  /** The live rows are the datasets of the account, whatever was seen of their changes. */
  async listed(): Promise<void> {
    const live = [...(await this.#liveIds())].toSorted();
    expect(live, "live after quiet ticks").toEqual(
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
  async #nothingFalselyRemoved(): Promise<void> {
    const rows = await this.#world.ask<{ id: string }>(
      "select id from apify.datasets where source = $1 and removed_at is not null",
      [this.#world.source],
    );
    const wrong = rows.filter(({ id }) => !this.#moving.left.has(id));
    expect(wrong, "removed although they never left the list").toEqual([]);
  }

  /** A pass that says it is complete has what was listed from its beginning to its end. */
  async #nothingMissed(isFull: boolean, { at, ids }: Sight): Promise<void> {
    const { faults, delays } = this.#climate;
    // A rejected item is kept apart, and a later pass looks at it again only if it is a full one.
    if (faults.some(isSpoiling)) return;
    const listedNow = new Set(this.#snapshot().map(({ id }) => id));
    // Incremental passes promise what comes at the end of the list; views of long ago do not know who moved.
    const movedAt = (id: string) => this.#moving.moved.get(id) ?? -Infinity;
    const isPromised = (id: string) => movedAt(id) < (isFull && !delays.stale ? at : 0);
    const live = await this.#liveIds();
    const missed = ids.filter((id) => listedNow.has(id) && isPromised(id) && !live.has(id));
    expect(missed, "listed throughout a complete pass and not in the mirror").toEqual([]);
  }

  async #cursorNotAhead(): Promise<void> {
    if (this.#climate.faults.some(isSpoiling)) return;
    const [source] = await this.#world.ask<{ at: number | null }>(
      `select (extract(epoch from incremental_anchor_created_at) * 1000)::float8 as at
       from apify.sources where name = $1`,
      [this.#world.source],
    );
    const anchoredAt = source?.at ?? null;
    if (anchoredAt === null) return;
    const live = await this.#liveIds();
    const passedOver = this.#snapshot()
      .filter(({ id, createdAt }) => Date.parse(createdAt) < anchoredAt && !this.#moving.moved.has(id))
      .filter(({ id }) => !live.has(id));
    expect(passedOver, "before the cursor and not in the mirror").toEqual([]);
  }

  async #liveIds(): Promise<Set<string>> {
    const rows = await this.#world.ask<{ id: string }>(
      "select id from apify.live_datasets where source = $1",
      [this.#world.source],
    );
    return new Set(rows.map(({ id }) => id));
  }

  #snapshot() {
    return this.#world.sandbox.account.snapshot({ unnamed: this.#climate.unnamed });
  }
}
