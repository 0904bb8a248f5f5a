import type { Clock } from "../core/clock.ts";
import { LEASE_HEARTBEAT_MS, LeaseLostError } from "../mirror/lease.ts";
import type { Lease } from "../mirror/lease.ts";
import type { Mirror } from "../mirror/mirror.ts";

/**
 * Renews a lease until disposed. Calls `onLost` once when another process has it; a database that is away for a moment
 * is no loss, since nobody else can take the lease there either.
 */
export function startHeartbeat(
  { mirror, clock }: { mirror: Pick<Mirror, "renewLease">; clock: Clock },
  lease: Lease,
  onLost: (error: LeaseLostError) => void,
): AsyncDisposable {
  const stop = new AbortController();
  const beating = beat();
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return beating;
    },
  };

  async function beat(): Promise<void> {
    while (await sleeps()) {
      try {
        await mirror.renewLease(lease);
      } catch (error) {
        if (error instanceof LeaseLostError) return onLost(error);
      }
    }
  }

  async function sleeps(): Promise<boolean> {
    try {
      await clock.sleep(LEASE_HEARTBEAT_MS, stop.signal);
      return true;
    } catch {
      return false;
    }
  }
}
