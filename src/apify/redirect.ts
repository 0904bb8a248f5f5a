import { quotable } from "../core/text.ts";
import { RedirectRefusedError } from "./errors.ts";
import type { Answer } from "./exchange.ts";

/** Redirects in a row that are followed. */
export const REDIRECTS_MAX = 3;

/**
 * Where the answer to `url` sends us, or null if it is no redirect. Throws RedirectRefusedError for another origin:
 * the token goes to the origin it was meant for and nowhere else.
 */
export function redirectIn(answer: Answer, url: URL, secret: string): URL | null {
  const { status } = answer;
  if (status < 300 || status > 399) return null;
  const location = answer.headers.get("location");
  if (location === null) throw new RedirectRefusedError(status, "it names no address");
  const target = URL.canParse(location, url.href) ? new URL(location, url.href) : null;
  const quote = quotable(location, secret);
  if (target === null) throw new RedirectRefusedError(status, `"${quote}" is no address`);
  const isPlain = target.username === "" && target.password === "";
  if (target.origin !== url.origin || !isPlain)
    throw new RedirectRefusedError(status, `${quote} is not at ${url.origin}`);
  return target;
}
