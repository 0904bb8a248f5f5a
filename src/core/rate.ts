/**
 * How fast requests may be sent: additive increase, multiplicative decrease. Pure; times are milliseconds of any
 * clock that never runs backwards.
 *
 *   steady --429--> paused (rate halved) --pause over--> climbing --ceiling reached--> steady
 *
 * It starts at the ceiling, which the operator sets well below what the API allows: most passes are a single request,
 * and a slow start would only delay it.
 */
export interface Rate {
  /** Requests a second at most. */
  readonly max: number;
  /** Requests a second that the server says it allows, null until it said so. */
  readonly serverLimit: number | null;
  /** Requests a second at the time `climbsFrom`, from which the rate climbs. */
  readonly base: number;
  readonly climbsFrom: number;
  readonly pausedUntil: number;
  /** No request goes out before. */
  readonly nextAt: number;
  /** Number of pauses so far. Each request is sent with it. */
  readonly pauses: number;
  /** Pauses in a row without a successful request between them. */
  readonly streak: number;
}

/** Requests a second. Neither a cut nor the server's limit goes below it, so that a request is still sent now and then. */
const RATE_MIN = 0.5;
/** Seconds in which the rate climbs from nothing to the ceiling. */
const CLIMB_S = 30;
/**
 * A request that is sent late by at most this, because a page was being parsed, does not delay the next one: so the rate
 * is reached, and no second has more than 3 % above it. After a longer gap the spacing starts over.
 */
const SLACK_MS = 30;

export function initialRate(max: number, now: number): Rate {
  const never = Number.NEGATIVE_INFINITY;
  const base = { max, serverLimit: null, base: max, climbsFrom: now };
  return { ...base, pausedUntil: never, nextAt: never, pauses: 0, streak: 0 };
}

/** Requests a second at `now`. */
export function rateAt(rate: Rate, now: number): number {
  const ceiling = ceilingOf(rate);
  const quietS = Math.max(0, now - rate.climbsFrom) / 1000;
  return Math.min(ceiling, rate.base + (ceiling * quietS) / CLIMB_S);
}

/** A request was sent at `now`, which is not before `nextAt`. */
export function afterSend(rate: Rate, now: number): Rate {
  const due = now - rate.nextAt <= SLACK_MS ? rate.nextAt : now;
  return { ...rate, nextAt: due + 1000 / rateAt(rate, now) };
}

/** The server said how many requests a second it allows; `max` caps it. */
export function withServerLimit(rate: Rate, serverLimit: number): Rate {
  return { ...rate, serverLimit: Math.max(RATE_MIN, serverLimit) };
}

/** A request that was sent with `pauses` was answered, and not with 429. */
export function afterSuccess(rate: Rate, pauses: number): Rate {
  return pauses === rate.pauses ? { ...rate, streak: 0 } : rate;
}

/**
 * A request that was sent with `pauses` was answered with 429. The first of a burst cuts the rate and pauses for
 * `pauseMs`; the others were under way by then, and only a longer `floorMs` (Retry-After) moves the end of the pause.
 */
export function afterThrottle(
  rate: Rate,
  pauses: number,
  now: number,
  pauseMs: number,
  floorMs: number,
): Rate {
  if (pauses < rate.pauses) return pausedUntil(rate, Math.max(rate.pausedUntil, now + floorMs));
  const base = Math.min(ceilingOf(rate), Math.max(RATE_MIN, rateAt(rate, now) / 2));
  const cut = { ...rate, base, pauses: rate.pauses + 1, streak: rate.streak + 1 };
  return pausedUntil(cut, now + Math.max(pauseMs, floorMs));
}

function pausedUntil(rate: Rate, end: number): Rate {
  return { ...rate, pausedUntil: end, climbsFrom: end, nextAt: Math.max(rate.nextAt, end) };
}

function ceilingOf(rate: Rate): number {
  return Math.min(rate.max, rate.serverLimit ?? rate.max);
}
