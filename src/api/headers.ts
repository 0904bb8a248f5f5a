import { hash } from "node:crypto";

import type { FastifyRequest } from "fastify";

import type { AccountState } from "./account-state.ts";
import type { ListRequest } from "./live-list.ts";
import { keyOf } from "./rows.ts";

/**
 * What an answer says of itself: as of when it is, when the mirror was last in step with the API, when it was last proven
 * complete, and where the same list stands still. `page`: null for an answer that is not a page.
 */
export function mirrorHeaders(
  state: AccountState,
  asOf: string | null,
  page: ListRequest | null,
): Record<string, string> {
  const { settledAt, syncedAt, provenAt } = state;
  const moment = asOf ?? settledAt;
  return {
    "cache-control": "private, no-cache",
    ...(moment === null ? {} : { "x-mirror-as-of": moment }),
    ...(syncedAt === null ? {} : { "x-mirror-synced-at": syncedAt }),
    ...(provenAt === null ? {} : { "x-mirror-proven-at": provenAt }),
    ...(page === null ? {} : { etag: entityTag(state, asOf, page) }),
    ...(page === null || asOf !== null || settledAt === null ? {} : { link: snapshotLink(settledAt) }),
  };
}

/** Relative, so that it holds below any prefix: `/v2/datasets` is beside `/at`. */
function snapshotLink(settledAt: string): string {
  return `<../at/${settledAt}/v2/datasets>; rel="snapshot"`;
}

/** Changes with every write to the account's rows. Weak, since the answer may be compressed in several ways. */
export function entityTag(
  { writtenAt }: AccountState,
  asOf: string | null,
  { filter, offset, limit, desc }: ListRequest,
): string {
  const text = JSON.stringify([writtenAt, asOf, keyOf(filter), offset, limit, desc]);
  return `W/"${hash("sha256", text, "base64url").slice(0, 22)}"`;
}

/** Whether the client has the answer already. */
export function isKnown(request: FastifyRequest, tag: string): boolean {
  const known = request.headers["if-none-match"];
  return known !== undefined && known.split(",").some((one) => one.trim() === tag);
}
