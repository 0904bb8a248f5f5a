/** Every way the sandbox can misbehave, in the order in which `--help` lists them. */
export const FAULTS = {
  "429": "429 without Retry-After",
  "429-retry-after": "429, Retry-After in seconds",
  "429-retry-date": "429, Retry-After as an HTTP date",
  "500": "500 with the API's error body",
  "502": "502 with an HTML page",
  "503": "503 with an HTML page",
  "504": "504 with an HTML page",
  "400": "400 invalid-input",
  "401": "401 token-not-valid",
  "403": "403 permission-denied",
  "405": "405 method-not-allowed",
  redirect: "302 to another origin",
  "redirect-same": "302 to the same origin",
  reset: "connection reset before the answer",
  hang: "no answer at all",
  "reset-body": "connection reset inside the body",
  "hang-body": "half of the body, then silence",
  truncated: "half of the body, well framed",
  html: "200 with an HTML page",
  "content-type": "JSON sent as text/plain",
  huge: "a body of more than 64 MiB",
  count: "count is not the number of items",
  unsorted: "first and last item swapped",
  "total-small": "total below what was read",
  "total-large": "total a million too large",
  empty: "an empty page in the middle",
  duplicate: "an item twice on its page",
  "bad-limit": "limit is not the one that was used",
  "no-id": "an item without id",
  "no-created": "an item without createdAt",
  "bad-date": "an item created on 30 February",
  nul: "a NUL character in a name",
  surrogate: "a lone surrogate in a name",
  "out-of-range": "counts beyond 64 bits",
  deep: "stats nested 10 000 deep",
  "long-name": "a name of 10 MB",
} as const;

export type FaultName = keyof typeof FAULTS;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS).filter((name) => isFaultName(name));
