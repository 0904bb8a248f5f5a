import { closest, distance } from "fastest-levenshtein";

import { quotable } from "../core/text.ts";
import type { Env } from "./host.ts";

/** What other tools call a variable of ours. */
const ALIASES: Readonly<Record<string, string>> = {
  APIFY_API_TOKEN: "APIFY_TOKEN",
  APIFY_BASE_URL: "APIFY_API_BASE_URL",
  SYNC_FULL_CRON: "FULL_SYNC_CRON",
};
/** Close to a name of ours, but with a meaning of their own. */
const FOREIGN = new Set(["HTTPS_PORT", "HTTPS_HOST"]);

/** Names shorter than this are too close to others for a distance of two. */
const LONG_NAME = 10;

/** One sentence for each unknown variable that is probably a misspelt one of `known`. */
export function likelyTypos(env: Env, known: readonly string[]): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (known.includes(name) || FOREIGN.has(name)) continue;
    const meant = suggestionFor(name.toUpperCase(), known);
    // Windows finds a variable in whatever case it was set.
    if (meant === undefined || (name.toUpperCase() === meant && env[meant] !== undefined)) continue;
    warnings.push(`${quotable(name)} is not a variable of this program: did you mean ${meant}?`);
  }
  return warnings;
}

function suggestionFor(name: string, known: readonly string[]): string | undefined {
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name];
  const nearest = closest(name, known);
  return distance(name, nearest) <= (nearest.length >= LONG_NAME ? 2 : 1) ? nearest : undefined;
}
