const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Milliseconds of `500ms`, `30s`, `1.5m`, `1h`, `7d`, or undefined. A number other than 0 needs its unit. */
export function parseDuration(text: string): number | undefined {
  if (/^0+$/.test(text)) return 0;
  const match = /^(\d{1,9}(?:\.\d{1,9})?)\s?(ms|s|m|h|d)$/.exec(text);
  const unit = match?.[2];
  if (unit === undefined || !isUnit(unit)) return undefined;
  return Math.round(Number(match?.[1]) * UNITS_MS[unit]);
}

/** The milliseconds in the largest unit without a remainder, as `parseDuration` reads them: `90s`, `10m`, `7d`. */
export function writeDuration(ms: number): string {
  for (const [unit, size] of Object.entries(UNITS_MS)) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

function isUnit(text: string): text is keyof typeof UNITS_MS {
  return Object.hasOwn(UNITS_MS, text);
}
