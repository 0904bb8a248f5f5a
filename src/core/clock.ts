/** Time as an argument: the service passes the system's clock, a test its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Chance as an argument: returns a number in [0, 1), as `Math.random` does. */
export type Random = () => number;
