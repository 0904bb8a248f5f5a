import { finished } from "node:stream/promises";

import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";

import { COLUMNS, escaped } from "./row.ts";
import type { Row } from "./row.ts";

const INTO = ["source", ...COLUMNS.map(([column]) => column), "content_hash", "first_seen_at", "changed_at"];
/** Postgres works on what it has while the next lines are written. */
const ROWS_A_CHUNK = 200;

/**
 * Inserts rows that are new: nothing that Postgres is sent costs it less. An id that is stored already is a unique
 * violation, and the transaction is lost. `nowMs`: milliseconds since the epoch.
 */
export async function copyIn(
  client: ClientBase,
  source: string,
  rows: readonly Row[],
  nowMs: number,
): Promise<void> {
  const stream = client.query(copyFrom(`copy apify.datasets (${INTO.join(", ")}) from stdin`));
  const end = finished(stream);
  // Its `error` does not end it: lines that wait would go to a connection it has let go, and that ends the process.
  // Source: github.com/brianc/node-pg-copy-streams/issues/171
  stream.once("error", () => stream.destroy());
  const head = `${escaped(source)}\t`;
  const now = new Date(nowMs).toISOString();
  const tail = `\t${now}\t${now}\n`;
  for (let at = 0; at < rows.length; at += ROWS_A_CHUNK) {
    let lines = "";
    for (const { line, contentHash } of rows.slice(at, at + ROWS_A_CHUNK)) {
      lines += `${head}${line}\t${contentHash}${tail}`;
    }
    stream.write(lines);
  }
  stream.end();
  await end;
}
