import { hash } from "node:crypto";

import { itemSchema } from "../apify/contract.ts";
import type { Item } from "../apify/contract.ts";
import type { Listed } from "../core/page.ts";

/**
 * A dataset as it goes into the mirror. Pages wait in this form for their turn: one string weighs less on the garbage
 * collector than the item it was made from, and nearly no row has to be taken apart again.
 */
export interface Row extends Listed {
  /** What the API said, a line of COPY's text format with the columns of COLUMNS. */
  readonly line: string;
  /** Digest of the line. */
  readonly contentHash: string;
}

/** The columns that rows bring, with their types in `datasets`. */
export const COLUMNS: ReadonlyArray<readonly [column: string, type: string]> = [
  ["id", "text"],
  ["name", "text"],
  ["title", "text"],
  ["user_id", "text"],
  ["username", "text"],
  ["created_at", "timestamptz"],
  ["modified_at", "timestamptz"],
  ["accessed_at", "timestamptz"],
  ["item_count", "bigint"],
  ["clean_item_count", "bigint"],
  ["act_id", "text"],
  ["act_run_id", "text"],
  ["general_access", "text"],
  ["stats", "jsonb"],
  ["extra", "jsonb"],
];

/** Of a SHA-256 in base64: 132 bits, and half the bytes to store and to read back of each row. */
const DIGEST_CHARACTERS = 22;

export function toRow(item: Item, createdAt: number): Row {
  const line = lineOf(item);
  return {
    id: item.id,
    createdAt,
    line,
    contentHash: hash("sha256", line, "base64").slice(0, DIGEST_CHARACTERS),
  };
}

/** The values of COLUMNS as Postgres reads them; null where there is none. */
export function cellsOf({ line }: Row): (string | null)[] {
  return line.split("\t").map((cell) => (cell === NONE ? null : unescaped(cell)));
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

/** Written out, since it runs for every row that is read: a table of readers takes twice the time. */
function lineOf(item: Item): string {
  const who = `${escaped(item.id)}\t${text(item.name)}\t${text(item.title)}\t${text(item.userId)}\t${text(item.username)}`;
  // Times and counts were judged, and hold nothing to escape.
  const when = `${toMs(item.createdAt)}\t${item.modifiedAt ?? NONE}\t${item.accessedAt ?? NONE}`;
  const size = `${item.itemCount ?? NONE}\t${item.cleanItemCount ?? NONE}`;
  const origin = `${text(item.actId)}\t${text(item.actRunId)}\t${text(item.generalAccess)}`;
  return `${who}\t${when}\t${size}\t${origin}\t${json(item.stats)}\t${json(extraOf(item))}`;
}

/** `created_at` is what the walk judged, to the millisecond: a row must not lie beyond the bounds of its own page. */
function toMs(instant: string): string {
  return instant.length > MS_LENGTH ? `${instant.slice(0, MS_LENGTH - 1)}Z` : instant;
}

const MS_LENGTH = "2026-01-01T00:00:00.000Z".length;

function text(value: string | null | undefined): string {
  return value === null || value === undefined ? NONE : escaped(value);
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
