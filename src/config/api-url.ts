import { z } from "zod";

import { isLoopback } from "../core/loopback.ts";

/**
 * The API's address: https, or http on loopback. A path is kept, since a gateway may serve the API below one, but without
 * its trailing slash and without the `/v2` that Apify's documentation adds: requests bring their own.
 */
export function apiUrl() {
  return z.string().transform((text, context): URL => {
    const url = URL.parse(text.trim());
    const found = url === null ? "something that is not a URL" : faultOf(url);
    if (url !== null && found === undefined) return normalize(url);
    context.addIssue({ code: "custom", message: EXPECTED, params: { found } });
    return z.NEVER;
  });
}

const EXPECTED =
  "an https URL (http on loopback only) without credentials, query and fragment, such as https://api.apify.com";

/** Names the fault without quoting the URL: any part of it may hold a token. */
function faultOf(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "a URL with credentials";
  if (url.search !== "") return "a URL with a query";
  if (url.hash !== "") return "a URL with a fragment";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return "a URL that is neither https nor http";
  return isLoopback(url.hostname)
    ? undefined
    : "an http URL of another machine (the token would be sent unencrypted)";
}

function normalize(url: URL): URL {
  const base = new URL(url);
  base.search = "";
  base.hash = "";
  base.pathname = url.pathname.replace(/\/+$/, "").replace(/\/v2$/, "");
  return base;
}
