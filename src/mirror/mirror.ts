import { backoffMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { withRetries } from "../retry.ts";
import type { Batch, Progress } from "./batch.ts";
import { beginRun } from "./begin-run.ts";
import type { Held, Run, RunRequest } from "./begin-run.ts";
import { commitBatch } from "./commit-batch.ts";
import { databaseClock } from "./database-clock.ts";
import { DatabaseError } from "./database-error.ts";
import type { Db } from "./database.ts";
import { endRun } from "./end-run.ts";
import type { Ending, Outcome } from "./end-run.ts";
import { renewLease, returnLease } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { readLiveIndex, readRemovalsDue, readStanding } from "./live-index.ts";
import type { LiveIndex, LiveStanding } from "./live-index.ts";
import { checkOwner } from "./owner.ts";
import type { Owner } from "./owner.ts";

/** Attempts at one transaction; a database that restarts is back within their few seconds. */
const ATTEMPTS_MAX = 4;

/** What runs need of the mirror. */
export type Mirror = Pick<PostgresMirror, keyof PostgresMirror>;

/** The statements of the mirror on one database, each retried while its failure may pass. */
export class PostgresMirror {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #databaseClock;

  /** `clock` and `random` are for the waits between tries. */
  constructor(db: Db, clock: Clock, random: Random, now = databaseClock) {
    this.#db = db;
    this.#clock = clock;
    this.#random = random;
    this.#databaseClock = now;
  }

  /** Not retried: the next tick tries again. */
  beginRun(request: RunRequest): Promise<Run | Held> {
    return beginRun(this.#db, this.#databaseClock, request);
  }

  /** If only the reply is lost, the retry finds the batch already committed. */
  commitBatch(run: Run, batch: Batch, signal: AbortSignal): Promise<Progress> {
    return this.#retry(() => commitBatch(this.#db, run, batch), signal);
  }

  endRun(run: Run, ending: Ending): Promise<Outcome> {
    return this.#retry(() => endRun(this.#db, run, ending));
  }

  checkOwner(run: Run, owner: Owner): Promise<void> {
    return checkOwner(this.#db, run, owner);
  }

  readStanding(run: Run, createdAt: number): Promise<LiveStanding> {
    return readStanding(this.#db, run, createdAt);
  }

  readLiveIndex(run: Run): Promise<LiveIndex> {
    return readLiveIndex(this.#db, run);
  }

  readRemovalsDue(run: Run, limit: number): Promise<number[]> {
    return readRemovalsDue(this.#db, run, limit);
  }

  renewLease(lease: Lease): Promise<void> {
    return renewLease(this.#db, lease);
  }

  releaseLease(lease: Lease): Promise<void> {
    return returnLease(this.#db, lease, false);
  }

  #retry<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withRetries(work, {
      attempts: ATTEMPTS_MAX,
      delayAfter: (error, attempt) =>
        error instanceof DatabaseError && error.isTransient ? backoffMs(attempt, this.#random) : null,
      clock: this.#clock,
      signal,
    });
  }
}
