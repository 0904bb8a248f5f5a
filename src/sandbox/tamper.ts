import type { Listing } from "../apify/server.ts";
import type { FaultName } from "./fault-names.ts";

const DEPTH = 10_000;
const LONG_NAME_LENGTH = 10_000_000;

type Fields = Record<string, unknown>;
/** A random whole number below `bound`. */
type Below = (bound: number) => number;

/** The page with the fault in it; a fault that is not about the page leaves it as it is. */
export function tamper(page: Listing, fault: FaultName, below: Below): Listing {
  const spoiled = ENVELOPE[fault]?.(page, below);
  if (spoiled !== undefined) return { ...page, ...spoiled };
  const change = ITEMS[fault] ?? spoilOne(ITEM[fault]);
  if (change === null || page.count === 0) return page;
  const items = change(JSON.parse(`[${page.items.toString()}]`), below);
  return { ...page, count: items.length, items: Buffer.from(items.join(",")) };
}

const ENVELOPE: Partial<Record<FaultName, (page: Listing, below: Below) => Partial<Listing>>> = {
  count: (page) => ({ count: page.count + 1 }),
  "total-small": (page) => ({ total: Math.floor(page.offset / 2) }),
  "total-large": (page) => ({ total: page.total + 1_000_000 }),
  empty: () => ({ count: 0, items: Buffer.alloc(0) }),
  "bad-limit": (page, below) => ({ limit: below(2) === 0 ? Math.ceil(page.limit / 2) : page.limit * 2 }),
};

/** Takes the items of a page that has some, gives them as JSON text. */
const ITEMS: Partial<Record<FaultName, (items: Fields[], below: Below) => string[]>> = {
  unsorted: (items) => {
    const texts = items.map((item) => JSON.stringify(item));
    return texts.with(0, texts.at(-1) ?? "").with(texts.length - 1, texts[0] ?? "");
  },
  duplicate: (items, below) => {
    const twin = below(items.length);
    return items.flatMap((item, nth) => Array(nth === twin ? 2 : 1).fill(JSON.stringify(item)));
  },
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

function spoilOne(spoil: ((item: Fields) => string) | undefined) {
  if (spoil === undefined) return null;
  return (items: Fields[], below: Below): string[] => {
    const victim = below(items.length);
    return items.map((item, nth) => (nth === victim ? spoil(item) : JSON.stringify(item)));
  };
}
