import { sql } from "drizzle-orm";

import { OperatorError } from "../core/errors.ts";
import { inDatabase } from "./database.ts";
import type { Db, Executor } from "./database.ts";

/** The right to write an account's rows. The fence grows with every new holder, so that an old one is recognised. */
export interface Lease {
  readonly source: string;
  readonly holder: string;
  readonly fence: number;
}

/** A holder that dies is replaced within this time and the next attempt of the one who waits: less than 60 s. */
export const LEASE_TTL_MS = 30_000;
export const LEASE_HEARTBEAT_MS = 10_000;

export class LeaseLostError extends OperatorError {
  override name = "LeaseLostError";

  constructor(source: string) {
    super(`another process took over the account ${JSON.stringify(source)}; nothing was written`, {
      hint: "This process was stopped or cut off from the database for longer than the lease lasts. A service tries again by itself.",
    });
  }
}

/** When a lease ends that is taken or renewed now. */
export const LEASE_END = sql`clock_timestamp() + make_interval(secs => ${LEASE_TTL_MS / 1000})`;

/**
 * Takes the lease for a run if it is free, expired, the holder's own, or (`preempt`) held by a service between two
 * runs: a person at the terminal need not stop the service. Time is the database's, one clock for all processes.
 * Returns null if it is held.
 */
export async function takeLease(
  db: Executor,
  source: string,
  holder: string,
  preempt: boolean,
): Promise<Lease | null> {
  const { rows } = await db.execute(sql`
    update apify.sources
    set lease_holder = ${holder}, lease_fence = lease_fence + 1, lease_busy = true,
      lease_expires_at = ${LEASE_END}
    where name = ${source} and (
      lease_holder is null or lease_holder = ${holder} or lease_expires_at < clock_timestamp()
      or (${preempt} and not lease_busy)
    )
    returning lease_fence::float8 as fence`);
  const fence = rows[0]?.["fence"];
  return fence === undefined ? null : { source, holder, fence: Number(fence) };
}

/** The heartbeat. Throws LeaseLostError once the lease has expired or has another holder. */
export async function renewLease(db: Db, lease: Lease): Promise<void> {
  const { rows } = await inDatabase("renew the lease", () =>
    db.execute(sql`
      update apify.sources set lease_expires_at = ${LEASE_END}
      where name = ${lease.source} and lease_fence = ${lease.fence} and lease_expires_at > clock_timestamp()
      returning 1`),
  );
  if (rows.length === 0) throw new LeaseLostError(lease.source);
}

/** After a run: a service keeps the lease until its next run (`keep`), others and a service that ends give it back. */
export async function returnLease(db: Executor, lease: Lease, keep: boolean): Promise<void> {
  await db.execute(sql`
    update apify.sources
    set lease_busy = false,
      lease_holder = case when ${keep} then lease_holder end,
      lease_expires_at = case when ${keep} then ${LEASE_END} end
    where name = ${lease.source} and lease_fence = ${lease.fence}`);
}
