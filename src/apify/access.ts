import { createHash, timingSafeEqual } from "node:crypto";

/** What a token may do: read the account; nothing, as nobody has it; nothing here, as it is another account's. */
export type Access = "granted" | "denied" | "unknown";

/**
 * Judges tokens against the account's own and those of the other accounts that are served. All are compared each time, as
 * digests, so that neither the time it takes nor a length says anything of them.
 */
export function tokenCheck(token: string, others: readonly string[] = []): (given: string) => Access {
  const own = digest(token);
  const known = others.map(digest);
  return (given) => {
    const found = digest(given);
    const isOwn = timingSafeEqual(found, own);
    const isKnown = known.filter((other) => timingSafeEqual(found, other)).length > 0;
    if (isOwn) return "granted";
    return isKnown ? "denied" : "unknown";
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
