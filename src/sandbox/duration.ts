import { OperatorError } from "../core/errors.ts";

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `250ms`, `5s`, `10m`, `1h`, `7d`; a bare number is milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  const unit = match?.[2] ?? "ms";
  if (match === null || !isUnit(unit)) {
    throw new OperatorError(`the duration "${text}" cannot be read`, {
      hint: "write 250ms, 5s, 10m, 1h or 7d",
    });
  }
  return Number(match[1]) * UNITS_MS[unit];
}

function isUnit(text: string): text is keyof typeof UNITS_MS {
  return Object.hasOwn(UNITS_MS, text);
}
