import type { DatasetsClient, FetchedPage, RequestMeter } from "../apify/client.ts";
import type { Listed, Page, Unplaced } from "../core/page.ts";
import type { Owner } from "../mirror/owner.ts";
import { storableJson } from "../mirror/rejected.ts";
import type { Rejected } from "../mirror/rejected.ts";
import { toRow } from "../mirror/row.ts";
import type { Row } from "../mirror/row.ts";

/** An answer of the server, with what can be mirrored of it and what cannot. */
export interface SourcePage {
  /** What the walk verifies; a rejected item keeps its place. */
  readonly page: Page;
  readonly rows: readonly Row[];
  readonly rejected: readonly Rejected[];
  /** When it was answered, milliseconds since the epoch, by the server's clock where it tells. */
  readonly serverTime: number;
  /** Number of its request among all that were sent. */
  readonly requestNumber: number;
  /** What the server should not have answered so; survived, and worth one warning a run. */
  readonly anomalies: readonly string[];
}

export interface SourceRequest {
  readonly offset: number;
  readonly limit: number;
  /** Ask for the list of the named datasets only. */
  readonly namedOnly: boolean;
  /** Bytes that the answer may have; the client's own maximum if left out. */
  readonly bodyMax?: number | undefined;
}

/** Where pages come from. */
export interface Source {
  /** Throws OperatorError when the page cannot be had, the signal's reason when aborted. Counts into `meter`. */
  fetchPage(request: SourceRequest, meter: RequestMeter, signal: AbortSignal): Promise<SourcePage>;
  /** The user whose token is used; null if none of the listed datasets is theirs. */
  fetchOwner(meter: RequestMeter, signal: AbortSignal): Promise<Owner | null>;
  /** Requests sent since the process began. */
  requestsSent(): number;
  /** Milliseconds spent paused because of 429 since the process began. */
  throttledMs(): number;
}

/** The client as the passes see it. */
export function createSource(client: Pick<DatasetsClient, "traffic" | "fetchPage">): Source {
  return {
    requestsSent: () => client.traffic().requests,
    throttledMs: () => client.traffic().throttledMs,
    async fetchPage({ offset, limit, namedOnly, bodyMax }, meter, signal) {
      const request = { offset, limit, bodyMax, ...(namedOnly && { unnamed: false }) };
      return toSourcePage(await client.fetchPage(request, signal, meter), limit);
    },
    async fetchOwner(meter, signal) {
      const request = { offset: 0, limit: 1, unnamed: true, ownership: "ownedByMe" } as const;
      const { items } = await client.fetchPage(request, signal, meter);
      const [first] = items;
      if (first === undefined || !("item" in first) || !first.item.userId) return null;
      return { id: first.item.userId, name: first.item.username ?? null };
    },
  };
}

function toSourcePage(fetched: FetchedPage, asked: number): SourcePage {
  const { offset, total, serverTimeMs, requestNumber } = fetched;
  // An echo above what was asked, or below 1, is no page length.
  const limit = fetched.limit >= 1 ? Math.min(fetched.limit, asked) : asked;
  const rows: Row[] = [];
  const listed: Array<Listed | Unplaced> = [];
  const rejected: Rejected[] = [];
  for (const [index, parsed] of fetched.items.entries()) {
    if ("item" in parsed) {
      const row = toRow(parsed.item, parsed.createdAt);
      rows.push(row);
      listed.push(row);
    } else {
      const { id, createdAt, reason, raw } = parsed;
      // Its place in the list is known even if the rest of it cannot be mirrored.
      listed.push(id === null || createdAt === null ? { id, createdAt: null } : { id, createdAt });
      rejected.push({ offset: offset + index, id, reason, item: storableJson(raw) });
    }
  }
  const page = { offset, limit, total, rows: listed };
  const anomalies = anomaliesOf(fetched, asked);
  return { page, rows, rejected, serverTime: serverTimeMs, requestNumber, anomalies };
}

function anomaliesOf(
  { offset, echoedOffset, limit, total, count, items }: FetchedPage,
  asked: number,
): string[] {
  const anomalies: string[] = [];
  if (limit < asked) anomalies.push(`the server clamps limit to ${limit}; ${asked} was asked`);
  if (limit > asked || limit < 1) anomalies.push(`limit is ${limit} though ${asked} was asked`);
  if (count !== items.length) anomalies.push("count differs from the number of items");
  if (echoedOffset !== offset) anomalies.push("the answer gives another offset than was asked");
  if (items.length > 0 && total < offset + items.length) anomalies.push("total is below what was read");
  const ids = items.map((item) => item.id).filter((id) => id !== null);
  if (new Set(ids).size < ids.length) anomalies.push("a dataset is on the page twice");
  return anomalies;
}
