import { backoffMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { withRetries } from "../retry.ts";
import { beginRun } from "./begin-run.ts";
import type { Held, Run, RunRequest } from "./begin-run.ts";
import { commitPage } from "./commit-page.ts";
import type { PageCommit, Progress } from "./page-commit.ts";
import { DatabaseError } from "./database-error.ts";
import type { Db } from "./database.ts";
import { endRun } from "./end-run.ts";
import type { Ending, Outcome } from "./end-run.ts";
import { renewLease, returnLease } from "./lease.ts";
import type { Lease } from "./lease.ts";

/** Attempts at one transaction; a database that restarts is back within their few seconds. */
const ATTEMPTS_MAX = 4;

/** The statements of the mirror on one database, each retried while its failure may pass. */
export class PostgresMirror {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(db: Db, clock: Clock, random: Random) {
    this.#db = db;
    this.#clock = clock;
    this.#random = random;
  }

  /** Not retried: the next tick is a try. */
  beginRun(request: RunRequest): Promise<Run | Held> {
    return beginRun(this.#db, request);
  }

  /** An answer that was lost on the way is no loss: the try after it finds the page committed. */
  commitPage(run: Run, page: PageCommit, signal: AbortSignal): Promise<Progress> {
    return this.#retry(() => commitPage(this.#db, run, page), signal);
  }

  endRun(run: Run, ending: Ending): Promise<Outcome> {
    return this.#retry(() => endRun(this.#db, run, ending));
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
