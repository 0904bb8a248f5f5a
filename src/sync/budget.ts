import { Turnstile } from "../core/turnstile.ts";

/** What of the process's memory the pages of a pass may take. */
export interface PageBudget {
  /** Bytes of all pages that are under way or wait for their turn. */
  readonly bytes: number;
  /** How many they may be. */
  readonly pages: number;
  /** Pages of any size are fetched here, one at a time over all accounts of the process. */
  readonly largePages: Turnstile;
}

const MIB = 1024 * 1024;
/** Bytes of all pages that a process has under way. */
const ALL_BYTES_MAX = 64 * MIB;
/** Bytes of one of them; a page of 1000 datasets has about half a megabyte. */
const PAGE_BYTES_MAX = 4 * MIB;
/** Pages that several passes together have under way; one alone has as many as MAX_CONCURRENCY says. */
const SHARED_PAGES_MAX = 16;

/** The budget of each of `passes` that run at a time in this process. */
export function shareOfPages(passes: number): PageBudget {
  const pages = passes === 1 ? Infinity : Math.max(1, Math.floor(SHARED_PAGES_MAX / passes));
  return { bytes: Math.floor(ALL_BYTES_MAX / passes), pages, largePages: new Turnstile() };
}

/** Pages that may be under way at a time, and how many bytes each may have. */
export function pagesWithin(
  { bytes, pages }: PageBudget,
  depthMax: number,
): { readonly depth: number; readonly pageBytesMax: number } {
  const depth = Math.min(depthMax, pages);
  return { depth, pageBytesMax: Math.min(PAGE_BYTES_MAX, Math.floor(bytes / depth)) };
}
