/** Figures as people read them. Pure: numbers in, text out. */

/** `12 345` */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
}

/** Milliseconds as `850 ms`, `3 s`, `2 min 5 s`, `4 h 10 min`, `3 d 2 h`: two units at most, what is smaller cut off. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "unknown";
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < SECOND_MS) return `${Math.floor(ms)} ms`;
  const at = SPANS.findIndex(([, size]) => ms >= size);
  const [unit, size] = SPANS[at] ?? ["s", SECOND_MS];
  const head = `${formatCount(Math.floor(ms / size))} ${unit}`;
  const below = SPANS[at + 1];
  const rest = below === undefined ? 0 : Math.floor((ms % size) / below[1]);
  return below === undefined || rest === 0 ? head : `${head} ${rest} ${below[0]}`;
}

/** How long ago, in one unit: `just now`, `40 s ago`, `3 h ago`; a time to come is `in 40 s`. */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return "never";
  if (Math.abs(ms) < SECOND_MS) return "just now";
  const [unit, size] = SPANS.find((span) => Math.abs(ms) >= span[1]) ?? ["s", SECOND_MS];
  const span = `${formatCount(Math.floor(Math.abs(ms) / size))} ${unit}`;
  return ms < 0 ? `in ${span}` : `${span} ago`;
}

/** `512 B`, `1.5 MiB` */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), BYTE_UNITS.length - 1);
  return `${formatDecimal(bytes / 1024 ** power)} ${BYTE_UNITS[power]}`;
}

/** How many in a second, of `count` in `ms` milliseconds: `1 250/s`, `0.3/s`; `-` before any time has passed. */
export function formatRate(count: number, ms: number): string {
  return ms > 0 ? `${formatDecimal((count / ms) * 1000)}/s` : "-";
}

/** `93.4 %` of a share from 0 to 1, cut so that only a whole is 100 %. */
export function formatShare(share: number): string {
  return `${formatDecimal(Math.floor(share * 1000) / 10)} %`;
}

/** Milliseconds that a run has taken so far, 0 where that is not known. */
export function runMs(run: { started_at: number | null; finished_at: number | null }, now: number): number {
  return run.started_at === null ? 0 : Math.max(0, (run.finished_at ?? now) - run.started_at);
}

/** ISO 8601 in UTC; null for a time that no JavaScript date can hold. */
export function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** With a capital at its start and a full stop at its end, if it has neither. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital === "" || /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** One character a number, from `▁` for 0 (or the least, if below) to `█` for the greatest; a gap for what is none. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.map((value) => (value !== null && Number.isFinite(value) ? value : 0));
  const least = Math.min(0, ...known);
  const span = Math.max(0, ...known) - least;
  const barOf = (value: number) => BARS[span === 0 ? 0 : Math.round(((value - least) / span) * 7)] ?? "█";
  return values.map((value) => (value === null || !Number.isFinite(value) ? " " : barOf(value))).join("");
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const SPANS: readonly (readonly [unit: string, sizeMs: number])[] = [
  ["d", 24 * HOUR_MS],
  ["h", HOUR_MS],
  ["min", MINUTE_MS],
  ["s", SECOND_MS],
];
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const BARS = "▁▂▃▄▅▆▇█";

/** One digit after the point below a hundred, none where it is 0. */
function formatDecimal(value: number): string {
  return Math.abs(value) >= 99.95 ? formatCount(Math.round(value)) : String(Math.round(value * 10) / 10);
}
