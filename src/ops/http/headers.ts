import type { FastifyReply, FastifyRequest } from "fastify";

/** No inline script or style, nothing from elsewhere, no frame. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** And no referrer. */
const SECURITY = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

export function secure(reply: FastifyReply): void {
  void reply.headers(SECURITY).header("cache-control", "no-store");
}

/** Nothing here changes anything, whatever the method. */
export function isReading({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}
