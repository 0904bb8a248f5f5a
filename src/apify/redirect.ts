import { quotable } from "../core/text.ts";
import { RedirectRefusedError } from "./errors.ts";
import type { HttpResponse } from "./http.ts";

/** Redirects in a row that are followed. */
export const REDIRECTS_MAX = 3;

/**
 * Where the response to `url` redirects to, or null if it is no redirect. Throws RedirectRefusedError for another
 * origin: the token goes to the origin it was meant for and nowhere else.
 */
export function redirectTarget({ status, headers }: HttpResponse, url: URL, token: string): URL | null {
  if (status < 300 || status > 399) return null;
  const location = headers.get("location");
  if (location === null) throw new RedirectRefusedError(status, "it names no address");
  const target = URL.parse(location, url.href);
  const quote = quotable(location, token);
  if (target === null) throw new RedirectRefusedError(status, `"${quote}" is no address`);
  const isPlain = target.username === "" && target.password === "";
  if (target.origin !== url.origin || !isPlain)
    throw new RedirectRefusedError(status, `${quote} is not at ${url.origin}`);
  return target;
}
