import type { Clock } from "../core/clock.ts";
import { OperatorError } from "../core/errors.ts";

export interface CachedOptions<T> {
  /** What is read, for the message when it takes too long. */
  readonly what: string;
  readonly read: () => Promise<T>;
  readonly clock: Clock;
  /** Milliseconds an answer is good for, at least. */
  readonly keepMs: number;
  /** An answer that will soon be another, such as an empty one: it is kept no longer than its own cost asks for. */
  readonly isEarly?: (value: T) => boolean;
  /** An answer is also kept for this many times what it took; default REST_FACTOR. */
  readonly restFactor?: number;
  /** Milliseconds a caller waits at most. */
  readonly waitMs: number;
}

/** Reading then never costs more than a tenth of the time. */
const REST_FACTOR = 10;

/**
 * One reader for any number of callers: a read under way is shared, and its answer or failure is kept for a moment, so
 * a flood of callers costs the database no more than one. A caller that waited too long gets an OperatorError while
 * the read goes on; no second one is started beside it.
 */
export function cached<T>(options: CachedOptions<T>): () => Promise<T> {
  const { clock, read, keepMs, isEarly = () => false, restFactor = REST_FACTOR } = options;
  let current: Promise<T> | null = null;
  let goodUntil = Infinity;
  return () => {
    if (current === null || clock.now() >= goodUntil) {
      goodUntil = Infinity;
      const startedAt = clock.now();
      const keep = (ms: number) => {
        const now = clock.now();
        goodUntil = now + Math.max(ms, restFactor * (now - startedAt));
      };
      current = read().then(
        (value) => {
          keep(isEarly(value) ? 0 : keepMs);
          return value;
        },
        (error: unknown) => {
          keep(keepMs);
          throw error;
        },
      );
    }
    return inTime(current, options);
  };
}

async function inTime<T>(work: Promise<T>, { clock, waitMs, what }: CachedOptions<T>): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(waitMs, over.signal).then(() => {
    throw new OperatorError(`${what}: the database did not answer within ${waitMs / 1000} s`, {
      hint: "Check that the database of DATABASE_URL runs, can be reached and is not overloaded.",
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}
