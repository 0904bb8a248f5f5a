/** The whole program on a real Postgres and a real HTTP server, in a world that a plan makes; time costs nothing. */
import { thisHost, toConfig } from "../../src/config.ts";
import type { Clock } from "../../src/core/clock.ts";
import { seededRandom } from "../../src/core/random.ts";
import { runContext } from "../../src/daemon.ts";
import type { Kind } from "../../src/mirror/begin-run.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/start.ts";
import { SILENT } from "../../src/sync/observer.ts";
import type { Mirror } from "../../src/mirror/mirror.ts";
import type { RunReport } from "../../src/sync/run-report.ts";
import { runOnce } from "../../src/sync/run.ts";
import type { RunContext } from "../../src/sync/run.ts";
import { databaseClockOf } from "../support/database-clock.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Ask } from "../support/ledger.ts";
import { silentLog } from "../support/silent-log.ts";
import type { Cut } from "./whole-plan.ts";
import type { WholeStore } from "./whole-store.ts";

/** A full pass that was stopped is resumed while it is younger. */
const RESUME_MS_MAX = 3_600_000;

export interface WholeOptions {
  readonly whole: WholeStore;
  /** Name of the account in the mirror: worlds may share a database. */
  readonly source: string;
  readonly sandbox: SandboxOptions;
  readonly env: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Milliseconds that the database's clock is ahead of the server's. */
  readonly databaseAheadMs?: number;
}

/** What the passes did, counted where the program hands it over. */
export interface Witness {
  pages: number;
}

export interface Passed {
  readonly report: RunReport;
  readonly witness: Witness;
}

export class WholeWorld implements AsyncDisposable {
  /** The server's. */
  readonly clock: FakeClock;
  /** Milliseconds that the host's clock is ahead of it. */
  aheadMs = 0;
  readonly sandbox: Sandbox;
  readonly url: string;
  readonly source: string;
  readonly ask: Ask;
  readonly #context: RunContext;

  constructor(
    clock: FakeClock,
    sandbox: Sandbox,
    contextBy: (clock: Clock) => RunContext,
    options: WholeOptions,
  ) {
    this.clock = clock;
    this.sandbox = sandbox;
    this.url = options.whole.url;
    this.source = options.source;
    this.ask = async (text, values = []) =>
      (await options.whole.store.database.pool.query(text, [...values])).rows;
    this.#context = contextBy({
      now: () => clock.now() + this.aheadMs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    });
  }

  /** Runs one pass, cut short if so told. A death leaves the run's row as it is. */
  async pass(kind: Kind, cut: Cut | null = null, acceptRemovals = false): Promise<Passed> {
    const witness = { pages: 0 };
    const stop = new AbortController();
    const mirror = witnessed(this.#context.mirror, witness, cut, stop);
    const order = {
      kind,
      trigger: "schedule",
      acceptRemovals,
      preempt: false,
      within: null,
      resumeMsMax: RESUME_MS_MAX,
      keepLease: true,
    } as const;
    const report = await runOnce({ ...this.#context, mirror }, order, stop.signal);
    if ("heldBy" in report) throw new Error(`held by ${report.heldBy}`);
    return { report, witness };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
  }
}

export async function openWholeWorld(options: WholeOptions): Promise<WholeWorld> {
  const clock = createFakeClock();
  const sandbox = await startSandbox({ ...options.sandbox, clock, seed: options.seed });
  const config = toConfig(
    {
      APIFY_TOKEN: sandbox.token,
      APIFY_API_BASE_URL: sandbox.url,
      DATABASE_URL: options.whole.url,
      SOURCE_NAME: options.source,
      MAX_REQUESTS_PER_SECOND: "1000",
      REMOVAL_BRAKE: "1",
      ...options.env,
    },
    { token: true },
    thisHost(),
  );
  const random = seededRandom(options.seed);
  const around = { random, log: silentLog, host: process, signal: new AbortController().signal };
  const databaseClock = { now: () => clock.now() + (options.databaseAheadMs ?? 0) };
  const contextBy = (hosts: Clock) =>
    runContext(config, options.whole.store, { ...around, clock: hosts }, SILENT, {
      now: databaseClockOf(databaseClock),
    });
  return new WholeWorld(clock, sandbox, contextBy, options);
}

/** The mirror with a witness at its door, who also is death where the plan says so. */
function witnessed(mirror: Mirror, witness: Witness, cut: Cut | null, stop: AbortController): Mirror {
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Error("killed by the plan");
  };
  const isTime = (how: Cut["how"]) => cut?.how === how && witness.pages >= cut.pages;
  return {
    checkOwner: (run, owner) => mirror.checkOwner(run, owner),
    readStanding: (run, createdAt) => mirror.readStanding(run, createdAt),
    readLiveIndex: (run) => mirror.readLiveIndex(run),
    readRemovalsDue: (run, limit) => mirror.readRemovalsDue(run, limit),
    beginRun: (request) => mirror.beginRun(request),
    renewLease: (lease) => mirror.renewLease(lease),
    releaseLease: (lease) => mirror.releaseLease(lease),
    async commitBatch(run, page, signal) {
      if (isTime("dies before a commit")) die();
      const progress = await mirror.commitBatch(run, page, signal);
      if (isTime("dies after a commit")) die();
      witness.pages += page.pages;
      if (isTime("stop")) stop.abort(new Error("stopped by the plan"));
      return progress;
    },
    async endRun(run, ending) {
      return isDead ? die() : mirror.endRun(run, ending);
    },
  };
}
