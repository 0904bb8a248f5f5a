/** Parses times without `Date`, which takes 30 February for 2 March. */

/**
 * Milliseconds since the epoch of `YYYY-MM-DDTHH:MM:SS[.fraction]Z`; null for anything else, for a day that does not
 * exist, and for the year 0, which Postgres does not know. Digits below the millisecond are dropped.
 */
export function parseInstant(text: string): number | null {
  const end = text.length - 1;
  if (end < 19 || !isSeparated(text, end)) return null;
  const day = epochDay(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
  const time = timeOfDayMs(digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2));
  const fraction = end === 19 ? 0 : fractionMs(text, end);
  const ms = day * DAY_MS + time + fraction;
  return Number.isNaN(ms) ? null : ms;
}

/** Milliseconds since the epoch of an HTTP date as servers send it (IMF-fixdate, RFC 9110 5.6.7), or null. */
export function parseHttpDate(text: string): number | null {
  const match = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/.exec(text);
  if (match === null) return null;
  const [, day = "", month = "", year = "", hour, minute, second] = match;
  const date = epochDay(Number(year), MONTHS.indexOf(month) + 1, Number(day));
  const ms = date * DAY_MS + timeOfDayMs(Number(hour), Number(minute), Number(second));
  return Number.isNaN(ms) ? null : ms;
}

const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days from 0001-01-01 to 1970-01-01. */
const EPOCH = 719_162;

const DASH = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const UPPER_T = 84;
const UPPER_Z = 90;

function isSeparated(text: string, end: number): boolean {
  return (
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === UPPER_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(end) === UPPER_Z &&
    (end === 19 || (end > 20 && text.charCodeAt(19) === DOT))
  );
}

/** The number that `count` digits from `start` make, NaN if one of them is no digit. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** The fraction between the dot at 19 and the Z at `end`, in whole milliseconds; NaN if it is no number. */
function fractionMs(text: string, end: number): number {
  const count = Math.min(3, end - 20);
  for (let at = 20 + count; at < end; at++) if (Number.isNaN(digits(text, at, 1))) return Number.NaN;
  return digits(text, 20, count) * 10 ** (3 - count);
}

/** Days since 1970-01-01 in the Gregorian calendar; NaN for a day that does not exist. */
function epochDay(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = (DAYS_OF_MONTH[month - 1] ?? 0) + (isLeap && month === 2 ? 1 : 0);
  if (!(year >= 1 && day >= 1 && day <= length)) return Number.NaN;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const inYear = (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (isLeap && month > 2 ? 1 : 0) + day - 1;
  return past * 365 + leapDays + inYear - EPOCH;
}

function timeOfDayMs(hour: number, minute: number, second: number): number {
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}
