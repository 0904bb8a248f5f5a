/** Who may ask what: the names that the server answers to, and the token for requests from other machines. */
import { hash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

import type { FastifyRequest } from "fastify";

import { isLoopback } from "../../core/loopback.ts";

/**
 * Whether the Host header is a name of this server: a loopback name, an IP address, or one of `allowed` (lower case). A
 * page of another site that turned its own name to this address (DNS rebinding) names itself.
 */
export function isAllowedHost({ headers }: FastifyRequest, allowed: readonly string[]): boolean {
  const url = URL.parse(`http://${headers.host ?? ""}`);
  if (url === null) return false;
  const name = url.hostname.replace(/^\[|\]$|\.$/g, "");
  return isLoopback(name) || name.endsWith(".localhost") || isIP(name) !== 0 || allowed.includes(name);
}

/** Whether the request may have more than health: requests from this machine may, and those with the token, if there is one. */
export function maySee(request: FastifyRequest, token: string | undefined): boolean {
  return token === undefined || isFromThisMachine(request) || holdsToken(request, token);
}

/** Whether this machine asks, and not in the name of another one. */
function isFromThisMachine({ socket, headers }: FastifyRequest): boolean {
  const isForwarded = headers["forwarded"] !== undefined || headers["x-forwarded-for"] !== undefined;
  return isLoopback(socket.remoteAddress ?? "") && !isForwarded;
}

/** Whether the request holds the token, as a bearer or as the password of any user. */
function holdsToken({ headers }: FastifyRequest, token: string): boolean {
  const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/.exec(headers.authorization ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return isSame(value, token);
    case "basic":
      return isSame(
        Buffer.from(value, "base64")
          .toString()
          .replace(/^[^:]*:/, ""),
        token,
      );
    default:
      return false;
  }
}

/** Takes the same time wherever the two differ. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hash("sha256", one, "buffer"), hash("sha256", other, "buffer"));
}
