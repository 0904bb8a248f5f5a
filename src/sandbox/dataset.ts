import { hash } from "../core/random.ts";
import { idOf, strayId } from "./id.ts";
import { instantText } from "./instant.ts";

/** What the list must know of a dataset to sort and filter it; all else follows from `index` and the seed. */
export interface Row {
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Bits: NAMED, SHARED. */
  readonly flags: number;
}
export const NAMED = 1;
/** Owned by another user and shared with this account. */
export const SHARED = 2;

/** What a dataset came to be after it was made, where that differs from what the seed says. */
export interface Change {
  readonly name?: string | null;
  /** How often it was touched: every touch adds items, writes and bytes. */
  readonly touches?: number;
  readonly modifiedAt?: number;
}

const DAY_MS = 86_400_000;
const ADJECTIVES = ["daily", "raw", "clean", "merged", "old", "test", "final", "weekly"];
const NOUNS = ["products", "reviews", "prices", "listings", "profiles", "places", "articles", "jobs"];
const ACCESS = [
  "FOLLOW_USER_SETTING",
  "FOLLOW_USER_SETTING",
  "ANYONE_WITH_ID_CAN_READ",
  "RESTRICTED",
] as const;
const ACTORS = 40;
const OTHER_USERS = 5;

/** Writes the list item of a dataset as JSON text. By hand: this is the hot path of a page of a thousand. */
export class DatasetWriter {
  readonly #seed: number;
  /** No dataset was modified or read after this instant unless a change says so. */
  readonly #bornAt: number;
  readonly #users: readonly string[];
  readonly #actors: readonly string[];

  constructor(seed: number, bornAt: number) {
    this.#seed = seed;
    this.#bornAt = bornAt;
    this.#users = Array.from({ length: 1 + OTHER_USERS }, (_, user) => {
      const username = user === 0 ? "sandbox-owner" : `colleague-${user}`;
      return `"userId":"${strayId(seed ^ 0x75736572, user)}","username":"${username}"`;
    });
    this.#actors = Array.from({ length: ACTORS }, (_, actor) => strayId(seed ^ 0x6163746f, actor));
  }

  /** JSON text of one item. */
  write(row: Row, change: Change | undefined): string {
    const { index, createdAt } = row;
    const dice = hash(this.#seed ^ 0x64617461, index);
    const more = hash(this.#seed ^ 0x6d6f7265, index);
    const idle = this.#bornAt > createdAt ? this.#bornAt - createdAt : 0;
    const modifiedAt = change?.modifiedAt ?? createdAt + Math.min(dice % 3_600_000, idle);
    const accessedAt = Math.max(modifiedAt, createdAt + Math.min(more % DAY_MS, idle));
    return (
      `{"id":"${idOf(this.#seed, index)}",${this.#naming(row, change, dice)},${this.#user(row, dice)},` +
      `"createdAt":"${instantText(createdAt)}","modifiedAt":"${instantText(modifiedAt)}",` +
      `"accessedAt":"${instantText(accessedAt)}",${counters(dice, more, change?.touches ?? 0)},` +
      `${this.#origin(row, more)},"schema":null,"generalAccess":"${ACCESS[more & 3]}"}`
    );
  }

  #naming(row: Row, change: Change | undefined, dice: number): string {
    if ((row.flags & NAMED) === 0) return '"name":null,"title":null';
    const words = [ADJECTIVES[dice & 7], NOUNS[(dice >>> 3) & 7]];
    const name = change?.name ?? `${words.join("-")}-${row.index.toString(36)}`;
    const title = (dice & 64) === 0 ? "null" : `"${words.join(" ")}"`;
    return `"name":${JSON.stringify(name)},"title":${title}`;
  }

  #user(row: Row, dice: number): string {
    return this.#users[(row.flags & SHARED) === 0 ? 0 : 1 + (dice % OTHER_USERS)] ?? "";
  }

  /** One in 32 unnamed datasets, and half of the named ones, were made by hand and not by a run. */
  #origin(row: Row, more: number): string {
    const byHand = (row.flags & NAMED) === 0 ? (more >>> 8) % 32 === 0 : (more >>> 8) % 2 === 0;
    if (byHand) return '"actId":null,"actRunId":null';
    return `"actId":"${this.#actors[more % ACTORS]}","actRunId":"${strayId(this.#seed ^ 0x72756e73, row.index)}"`;
  }
}

function counters(dice: number, more: number, touches: number): string {
  const itemCount = ((dice >>> 8) % 5000) + touches * 10;
  const cleanItemCount = itemCount - (itemCount >>> 5);
  const writeCount = itemCount + touches;
  const bytes = itemCount * (200 + (more & 1023));
  return (
    `"itemCount":${itemCount},"cleanItemCount":${cleanItemCount},"stats":{"readCount":${more % 977},` +
    `"writeCount":${writeCount},"deleteCount":${dice & 3},"inflatedBytes":${bytes}}`
  );
}
