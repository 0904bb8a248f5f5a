import type { Env } from "./host.ts";

const EMBEDDED = ["DATA_DIR", "EMBEDDED_HOST", "EMBEDDED_PORT"];
const READ_API = ["API_RATE_LIMIT", "API_MAX_AGE"];
const OF_ONE_ACCOUNT = ["APIFY_TOKEN", "APIFY_TOKEN_FILE", "SOURCE_NAME"];

/** One sentence for each variable that is set but has no effect beside the others. */
export function idleVariables(env: Env, isNamedOnly: boolean): string[] {
  const isSet = (name: string) => env[name] !== undefined;
  const idle: Array<[readonly string[], string]> = [];
  if (isSet("DATABASE_URL")) idle.push([EMBEDDED, "DATABASE_URL names another database"]);
  if (isSet("ACCOUNTS_FILE")) idle.push([OF_ONE_ACCOUNT, "ACCOUNTS_FILE has names and tokens"]);
  else idle.push([["FLEET_CONCURRENCY"], "there is one account without ACCOUNTS_FILE"]);
  if (!isSet("API_TOKEN") && !isSet("API_TOKEN_FILE") && !isSet("ACCOUNTS_FILE")) {
    idle.push([READ_API, "the read API is off without API_TOKEN"]);
  }
  if (isNamedOnly) idle.push([["NAMED_SYNC_CRON"], "only named datasets are mirrored"]);
  return idle.flatMap(([names, reason]) =>
    names.filter(isSet).map((name) => `${name} has no effect: ${reason}`),
  );
}
