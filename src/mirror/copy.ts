import { finished } from "node:stream/promises";

import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";

import { COLUMNS, escaped } from "./row.ts";
import type { Row } from "./row.ts";

const INTO = [
  "source",
  ...COLUMNS.map(({ name }) => name),
  "content_hash",
  "first_seen_at",
  "changed_at",
  "written_at",
];
/** Postgres works on what it has while the next lines are written. */
const ROWS_A_CHUNK = 200;

/**
 * Inserts rows that are new: nothing that Postgres is sent costs it less. An id that is stored already is a unique
 * violation, and the transaction is lost. `at`: time of the commit, as text.
 */
export async function copyIn(
  client: ClientBase,
  source: string,
  rows: readonly Row[],
  at: string,
): Promise<void> {
  const stream = client.query(copyFrom(`copy apify.datasets (${INTO.join(", ")}) from stdin`));
  const end = finished(stream);
  // Its `error` does not end it: lines that wait would go to a connection it has let go, and that ends the process.
  // Source: github.com/brianc/node-pg-copy-streams/issues/171
  stream.once("error", () => stream.destroy());
  const head = escaped(source);
  for (let first = 0; first < rows.length; first += ROWS_A_CHUNK) {
    let lines = "";
    for (const { cells, contentHash } of rows.slice(first, first + ROWS_A_CHUNK)) {
      lines += `${head}\t${cells.join("\t")}\t${contentHash}\t${at}\t${at}\t${at}\n`;
    }
    stream.write(lines);
  }
  stream.end();
  await end;
}
