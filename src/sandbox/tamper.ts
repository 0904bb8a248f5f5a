import type { Listing } from "../apify/server.ts";
import type { FaultName } from "./fault-names.ts";

const DEPTH = 10_000;
const LONG_NAME_LENGTH = 10_000_000;

type Fields = Record<string, unknown>;
/** A whole number below `bound`. */
type Roll = (bound: number) => number;

/** Spoils a page on its way out, as the fault says; a fault that is not about the page leaves it as it is. */
export function tamper(page: Listing, fault: FaultName, roll: Roll): Listing {
  const spoiled = ENVELOPE[fault]?.(page, roll);
  if (spoiled !== undefined) return spoiled;
  const spoil = ITEM[fault];
  if (spoil === undefined || page.items.length === 0) return page;
  const victim = roll(page.items.length);
  return { ...page, items: page.items.with(victim, spoil(JSON.parse(page.items[victim] ?? "{}"))) };
}

const ENVELOPE: Partial<Record<FaultName, (page: Listing, roll: Roll) => Listing>> = {
  count: (page) => ({ ...page, count: page.count + 1 }),
  unsorted: (page) => {
    const [first, last] = [page.items[0], page.items.at(-1)];
    if (first === undefined || last === undefined) return page;
    return { ...page, items: page.items.with(0, last).with(page.items.length - 1, first) };
  },
  "total-small": (page) => ({ ...page, total: Math.floor(page.offset / 2) }),
  "total-large": (page) => ({ ...page, total: page.total + 1_000_000 }),
  empty: (page) => ({ ...page, count: 0, items: [] }),
  duplicate: (page, roll) => {
    if (page.items.length === 0) return page;
    const twin = roll(page.items.length);
    const items = page.items.toSpliced(twin, 0, page.items[twin] ?? "");
    return { ...page, count: items.length, items };
  },
  "bad-limit": (page, roll) => ({
    ...page,
    limit: roll(2) === 0 ? Math.ceil(page.limit / 2) : page.limit * 2,
  }),
};

const ITEM: Partial<Record<FaultName, (item: Fields) => string>> = {
  "no-id": (item) => JSON.stringify({ ...item, id: undefined }),
  "no-created": (item) => JSON.stringify({ ...item, createdAt: undefined }),
  "bad-date": (item) => JSON.stringify({ ...item, createdAt: "2026-02-30T12:00:00.000Z" }),
  nul: (item) => JSON.stringify({ ...item, name: "nul\0name" }),
  surrogate: (item) => JSON.stringify({ ...item, name: "half-\ud83d-emoji" }),
  "out-of-range": (item) => JSON.stringify({ ...item, itemCount: 1e30, cleanItemCount: 2 ** 63 }),
  deep: (item) => {
    const stats = `${'{"deeper":'.repeat(DEPTH)}0${"}".repeat(DEPTH)}`;
    return `${JSON.stringify({ ...item, stats: undefined }).slice(0, -1)},"stats":${stats}}`;
  },
  "long-name": (item) => JSON.stringify({ ...item, name: "n".repeat(LONG_NAME_LENGTH) }),
};
