import type { DatasetsClient, FetchedPage } from "../apify/client.ts";
import type { Listed } from "../core/page.ts";
import { storableJson } from "../mirror/rejected.ts";
import type { Rejected } from "../mirror/rejected.ts";
import { toRow } from "../mirror/row.ts";
import type { Row } from "../mirror/row.ts";
import type { Source, SourcePage } from "./ports.ts";

/** The client as the passes see it: rows that can be mirrored, what was rejected, and what is odd about the answer. */
export function createSource(client: Pick<DatasetsClient, "traffic" | "fetchPage">): Source {
  return {
    traffic: () => client.traffic(),
    async fetchPage(request, signal) {
      return toSourcePage(await client.fetchPage(request, signal), request.limit);
    },
  };
}

function toSourcePage(fetched: FetchedPage, asked: number): SourcePage {
  const { offset, total, serverTimeMs, requestNumber, bytes } = fetched;
  // An echo above what was asked, or below 1, is no page length.
  const limit = fetched.limit >= 1 ? Math.min(fetched.limit, asked) : asked;
  const rows: Row[] = [];
  const listed: Array<Listed | null> = [];
  const rejected: Rejected[] = [];
  const rejectedIds: string[] = [];
  for (const [index, parsed] of fetched.items.entries()) {
    if ("item" in parsed) {
      const row = toRow(parsed.item, parsed.createdAt);
      rows.push(row);
      listed.push(row);
    } else {
      const { id, createdAt, reason, raw } = parsed;
      // Its place in the list is known even if the rest of it cannot be mirrored.
      listed.push(id === null || createdAt === null ? null : { id, createdAt });
      rejected.push({ offset: offset + index, reason, item: storableJson(raw) });
      if (id !== null) rejectedIds.push(id);
    }
  }
  const page = { offset, limit, total, rows: listed };
  return {
    page,
    rows,
    rejected,
    rejectedIds,
    serverTime: serverTimeMs,
    requestNumber,
    anomalies: anomaliesOf(fetched, asked),
    bytes,
  };
}

function anomaliesOf(
  { offset, echoedOffset, limit, total, count, items }: FetchedPage,
  asked: number,
): string[] {
  const oddities: string[] = [];
  if (limit < asked) oddities.push(`the server clamps limit to ${limit}; ${asked} was asked`);
  if (limit > asked || limit < 1) oddities.push(`limit is ${limit} though ${asked} was asked`);
  if (count !== items.length) oddities.push("count differs from the number of items");
  if (echoedOffset !== offset) oddities.push("the answer tells another offset than was asked");
  if (items.length > 0 && total < offset + items.length) oddities.push("total is below what was read");
  const ids = items.map((item) => item.id).filter((id) => id !== null);
  if (new Set(ids).size < ids.length) oddities.push("a dataset is on the page twice");
  return oddities;
}
