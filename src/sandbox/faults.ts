import type { Random } from "../core/clock.ts";
import { parseDuration } from "../core/duration.ts";
import { OperatorError } from "../core/errors.ts";
import { FAULT_NAMES, isFaultName } from "./fault-names.ts";
import type { FaultName } from "./fault-names.ts";

/** A fault of every request in the last `forMs` of each `everyMs`, counted from the sandbox's start. */
export interface Outage {
  readonly forMs: number;
  readonly everyMs: number;
}

/** Decides which requests go wrong, and how. A request has at most one fault. */
export class Faults {
  /** Seconds that `429-retry-after` and `429-retry-date` ask to wait. */
  retryAfter = 2;
  /** Where `redirect` points. */
  redirectTo = "https://elsewhere.invalid/v2/datasets";
  readonly #random: Random;
  readonly #startedAt: number;
  readonly #queue: FaultName[] = [];
  readonly #rates = new Map<FaultName, number>();
  readonly #outages = new Map<FaultName, Outage>();

  constructor(random: Random, startedAt: number) {
    this.#random = random;
    this.#startedAt = startedAt;
  }

  /** Gives the fault to the next `times` requests, after those queued before; queued faults come before all others. */
  next(name: FaultName, times = 1): void {
    for (let time = 0; time < times; time++) this.#queue.push(name);
  }

  /** Gives the fault to requests at this probability (0 to 1, all names together at most 1), or in outages; 0 ends it. */
  set(name: FaultName, rate: number | Outage): void {
    this.#rates.delete(name);
    this.#outages.delete(name);
    if (typeof rate !== "number") this.#outages.set(name, rate);
    else if (rate > 0) this.#rates.set(name, rate);
    const sum = [...this.#rates.values()].reduce((total, one) => total + one, 0);
    if (sum <= 1 + 1e-9) return;
    throw new OperatorError(`the rates of the faults add up to ${sum}`, {
      hint: "a request has at most one fault, so all rates together are at most 1",
    });
  }

  /** No more faults, queued ones included. */
  clear(): void {
    this.#queue.length = 0;
    this.#rates.clear();
    this.#outages.clear();
  }

  /** The fault of a request that comes now; null for none. */
  draw(now: number): FaultName | null {
    const queued = this.#queue.shift();
    if (queued !== undefined) return queued;
    for (const [name, { forMs, everyMs }] of this.#outages) {
      if ((now - this.#startedAt) % everyMs >= everyMs - forMs) return name;
    }
    if (this.#rates.size === 0) return null;
    let left = this.#random();
    for (const [name, rate] of this.#rates) {
      left -= rate;
      if (left < 0) return name;
    }
    return null;
  }

  /** A random whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

/** Reads `reset=0.1,503=5s/60s`: a probability for each request, or an outage of 5 s in every 60 s. */
export function parseFaults(text: string): [FaultName, number | Outage][] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", value = "", ...rest] = part.split("=");
      if (!isFaultName(name) || rest.length > 0) {
        throw new OperatorError(`the fault "${part}" is not known`, {
          hint: `write NAME=RATE (0 to 1) or NAME=FOR/EVERY (5s/60s); names: ${FAULT_NAMES.join(", ")}`,
        });
      }
      return [name, parseRate(part, value)];
    });
}

function parseRate(part: string, value: string): number | Outage {
  const [first = "", second, ...rest] = value.split("/");
  if (second === undefined) {
    if (/^(?:0?\.\d+|0|1)$/.test(first)) return Number(first);
  } else if (rest.length === 0) {
    const [forMs, everyMs] = [parseDuration(first), parseDuration(second)];
    if (forMs !== undefined && everyMs !== undefined && forMs <= everyMs && everyMs > 0)
      return { forMs, everyMs };
  }
  throw new OperatorError(`the rate of the fault "${part}" cannot be read`, {
    hint: "write a number from 0 to 1, or FOR/EVERY with FOR at most EVERY (5s/60s)",
  });
}
