/**
 * Validates the items of a page. Accepts what `itemSchema` accepts, which remains the contract (a test compares the two),
 * in a third of its time: parsing takes 0.7 µs an item, so the schema's 1 µs would halve the speed of a page.
 */
import { parseInstant } from "../core/instant.ts";
import { DEPTH_MAX, storageProblem, isRecord, isStorable, storable } from "../core/json.ts";
import type { Listed } from "../core/page.ts";
import { quotable } from "../core/text.ts";
import { ID_MAX, type Item } from "./contract.ts";

/** An item that can be mirrored. */
export interface ListedDataset extends Listed {
  /** As the API sent it; times are still text. */
  readonly item: Item;
}

/** An item that cannot be mirrored. */
export interface RejectedItem {
  /** One line: which key, what was expected, what was found. */
  readonly reason: string;
  /** What came, made storable as JSON: see `storable`. */
  readonly raw: unknown;
  /** Null where it cannot be read. `createdAt` in milliseconds since the epoch. */
  readonly id: string | null;
  readonly createdAt: number | null;
}

/** `checkStrings`: the page's text holds escapes of characters that cannot be stored, so look into every string. */
export function validateItem(raw: unknown, checkStrings: boolean): ListedDataset | RejectedItem {
  if (!isRecord(raw)) return reject(`expected an object, found ${found(raw)}`, raw);
  const id = typeof raw["id"] === "string" ? raw["id"] : "";
  const createdAt = typeof raw["createdAt"] === "string" ? parseInstant(raw["createdAt"]) : null;
  const problem = storageReason(raw, checkStrings);
  if (createdAt !== null && problem === null && isItem(raw)) return { id, createdAt, item: raw };
  const isKnown = idReason(raw["id"]) === null && isStorable(id);
  return reject(reasonOf(raw) ?? problem ?? "unknown", raw, isKnown ? id : null, createdAt);
}

/** The item itself and the values in it. */
const ITEM_LEVELS = 1 + DEPTH_MAX;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

function reject(
  reason: string,
  raw: unknown,
  id: string | null = null,
  createdAt: number | null = null,
): RejectedItem {
  return { reason: quotable(reason), raw: storable(raw, ITEM_LEVELS), id, createdAt };
}

/** `reasonOf` looks at every key of Item. */
function isItem(raw: Readonly<Record<string, unknown>>): raw is Item {
  return reasonOf(raw) === null;
}

function reasonOf(item: Readonly<Record<string, unknown>>): string | null {
  return (
    idReason(item["id"]) ??
    instantReason("createdAt", item["createdAt"]) ??
    optionalInstantReason("modifiedAt", item["modifiedAt"]) ??
    optionalInstantReason("accessedAt", item["accessedAt"]) ??
    countReason("itemCount", item["itemCount"]) ??
    countReason("cleanItemCount", item["cleanItemCount"]) ??
    textReason("name", item["name"]) ??
    textReason("title", item["title"]) ??
    textReason("userId", item["userId"]) ??
    textReason("username", item["username"]) ??
    textReason("actId", item["actId"]) ??
    textReason("actRunId", item["actRunId"]) ??
    textReason("generalAccess", item["generalAccess"]) ??
    statsReason(item["stats"])
  );
}

function idReason(id: unknown): string | null {
  if (typeof id === "string" && id.length > 0 && id.length <= ID_MAX) return null;
  return expected("id", `a string of 1 to ${ID_MAX} characters`, id);
}

function instantReason(key: string, value: unknown): string | null {
  if (typeof value === "string" && parseInstant(value) !== null) return null;
  return expected(key, "a time that exists, ISO 8601 in UTC", value);
}

function optionalInstantReason(key: string, value: unknown): string | null {
  return value === null || value === undefined ? null : instantReason(key, value);
}

function countReason(key: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Number.isSafeInteger(value) && Number(value) >= 0) return null;
  return expected(key, `a whole number from 0 to ${MAX_SAFE}`, value);
}

function textReason(key: string, value: unknown): string | null {
  if (value === null || value === undefined || typeof value === "string") return null;
  return expected(key, "a string", value);
}

function statsReason(value: unknown): string | null {
  if (value === null || value === undefined || isRecord(value)) return null;
  return expected("stats", "an object", value);
}

function storageReason(item: Readonly<Record<string, unknown>>, checkStrings: boolean): string | null {
  const problem = storageProblem(item, checkStrings, ITEM_LEVELS);
  return problem === null ? null : problem.slice(1);
}

function expected(key: string, what: string, value: unknown): string {
  return `${key}: expected ${what}, found ${found(value)}`;
}

function found(value: unknown): string {
  if (typeof value === "string") return value === "" ? "an empty string" : `"${quotable(value, "", 40)}"`;
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  return typeof value === "number" || typeof value === "boolean" || value === null ? `${value}` : "an object";
}
