import { hash } from "node:crypto";

import { getTableColumns } from "drizzle-orm";

import { itemSchema } from "../apify/contract.ts";
import type { Item } from "../apify/contract.ts";
import type { Listed } from "../core/page.ts";
import { datasets } from "./schema.ts";

/** A dataset as it goes into the mirror. Pages wait in this form: strings weigh less on the garbage collector than items. */
export interface Row extends Listed {
  /** What the API said: the values of COLUMNS as COPY's text format has them. */
  readonly cells: readonly string[];
  /** Digest of the cells. */
  readonly contentHash: string;
}

const { source: _source, content_hash: _hash, ...columns } = getTableColumns(datasets);
const {
  first_seen_at: _seen,
  changed_at: _changed,
  missing_since: _missing,
  removed_at: _removed,
  written_at: _written,
  inflated_bytes: _bytes,
  ...described
} = columns;

/** The columns that rows bring, in the order of the table, with their types. */
export const COLUMNS: ReadonlyArray<{ readonly name: string; readonly type: string }> = Object.values(
  described,
).map((column) => ({
  name: column.name,
  type: column.getSQLType().replace("timestamp with time zone", "timestamptz"),
}));

/** Of a SHA-256 in base64: 132 bits, and half the bytes to store and to read back of each row. */
const DIGEST_CHARACTERS = 22;

export function toRow(item: Item, createdAt: number): Row {
  const cells = cellsOf(item);
  return {
    id: item.id,
    createdAt,
    cells,
    contentHash: hash("sha256", cells.join("\t"), "base64").slice(0, DIGEST_CHARACTERS),
  };
}

/** The values of COLUMNS; null where there is none. */
export function valuesOf({ cells }: Row): (string | null)[] {
  return cells.map((cell) => (cell === NONE ? null : unescaped(cell)));
}

/** A value as COPY's text format has it. Source: PostgreSQL, COPY, "Text Format". */
export function escaped(value: string): string {
  return SPECIAL.test(value)
    ? value.replaceAll(SPECIALS, (character) => ESCAPES.get(character) ?? character)
    : value;
}

const NONE = String.raw`\N`;
const SPECIAL = /[\\\t\n\r]/;
const SPECIALS = new RegExp(SPECIAL, "g");
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", String.raw`\\`],
  ["\t", String.raw`\t`],
  ["\n", String.raw`\n`],
  ["\r", String.raw`\r`],
]);
const UNESCAPES: ReadonlyMap<string, string> = new Map(
  Array.from(ESCAPES, ([character, escape]) => [escape, character]),
);

function unescaped(cell: string): string {
  return cell.includes("\\")
    ? cell.replaceAll(/\\[\\tnr]/g, (escape) => UNESCAPES.get(escape) ?? escape)
    : cell;
}

/** In the order of COLUMNS. Written out, since it runs for every row that is read: a table of readers takes twice the time. */
function cellsOf(item: Item): string[] {
  return [
    escaped(item.id),
    text(item.name),
    text(item.title),
    text(item.userId),
    text(item.username),
    // Times and counts were validated, and hold nothing to escape.
    toMs(item.createdAt),
    item.modifiedAt ?? NONE,
    item.accessedAt ?? NONE,
    count(item.itemCount),
    count(item.cleanItemCount),
    text(item.actId),
    text(item.actRunId),
    text(item.generalAccess),
    json(item.stats),
    json(extraOf(item)),
  ];
}

/** `created_at` is what the walk judged, to the millisecond: a row must not lie beyond the bounds of its own page. */
function toMs(instant: string): string {
  return instant.length > MS_LENGTH ? `${instant.slice(0, MS_LENGTH - 1)}Z` : instant;
}

const MS_LENGTH = "2026-01-01T00:00:00.000Z".length;

function text(value: string | null | undefined): string {
  return value === null || value === undefined ? NONE : escaped(value);
}

function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : String(value);
}

function json(value: object | null | undefined): string {
  return value === null || value === undefined ? NONE : escaped(JSON.stringify(value));
}

const KNOWN: ReadonlySet<string> = new Set(Object.keys(itemSchema.shape));

/** Every key that has no column; null if there is none. */
function extraOf(item: Item): Record<string, unknown> | null {
  // Assigned, a key of this name would be lost.
  if (Object.hasOwn(item, "__proto__")) {
    return Object.fromEntries(Object.entries(item).filter(([key]) => !KNOWN.has(key)));
  }
  let rest: Record<string, unknown> | null = null;
  // Parsed JSON inherits no keys.
  for (const key in item) if (!KNOWN.has(key)) (rest ??= {})[key] = item[key];
  return rest;
}
