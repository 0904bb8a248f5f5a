import type { User } from "../apify/contract.ts";
import { hash } from "../core/random.ts";
import { asciiOf } from "./bytes.ts";
import type { Bytes } from "./bytes.ts";
import { idOf } from "./id.ts";

/** What the list must know of a dataset to sort and filter it; all else follows from `index` and the seed. */
export interface StoredDataset {
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
const ACTORS = 40;
const OTHER_USERS = 5;

const ID = asciiOf('{"id":');
const NO_NAME = asciiOf(',"name":null,"title":null');
const NAME = asciiOf(',"name":');
const TITLE = asciiOf(',"title":');
const NULL = asciiOf("null");
const CREATED_AT = asciiOf(',"createdAt":');
const MODIFIED_AT = asciiOf(',"modifiedAt":');
const ACCESSED_AT = asciiOf(',"accessedAt":');
const ITEM_COUNT = asciiOf(',"itemCount":');
const CLEAN_ITEM_COUNT = asciiOf(',"cleanItemCount":');
const READ_COUNT = asciiOf(',"stats":{"readCount":');
const WRITE_COUNT = asciiOf(',"writeCount":');
const DELETE_COUNT = asciiOf(',"deleteCount":');
const INFLATED_BYTES = asciiOf(',"inflatedBytes":');
const BY_HAND = asciiOf('},"actId":null,"actRunId":null');
const ENDS = ["FOLLOW_USER_SETTING", "FOLLOW_USER_SETTING", "ANYONE_WITH_ID_CAN_READ", "RESTRICTED"].map(
  (access) => asciiOf(`,"schema":null,"generalAccess":"${access}"}`),
);

/** Writes a dataset as the JSON of an item of the list. */
export class DatasetWriter {
  readonly #seed: number;
  /** No dataset was modified or read after this instant unless a change says so. */
  readonly #bornAt: number;
  /** Fragments of the owner, the other users and the actors. */
  readonly #owner: Uint8Array;
  readonly #others: readonly Uint8Array[];
  readonly #actors: readonly Uint8Array[];

  constructor(seed: number, bornAt: number) {
    this.#seed = seed;
    this.#bornAt = bornAt;
    this.#owner = fragmentOf(ownerOf(seed));
    this.#others = Array.from({ length: OTHER_USERS }, (_, nth) =>
      fragmentOf({ id: userId(seed, nth + 1), username: `colleague-${nth + 1}` }),
    );
    this.#actors = Array.from({ length: ACTORS }, (_, nth) => {
      return asciiOf(`},"actId":"${idOf(seed ^ 0x6163746f, nth)}","actRunId":`);
    });
  }

  write(to: Bytes, row: StoredDataset, change: Change | undefined): void {
    const dice = hash(this.#seed ^ 0x64617461, row.index);
    const more = hash(this.#seed ^ 0x6d6f7265, row.index);
    to.raw(ID);
    to.id(this.#seed, row.index);
    if ((row.flags & NAMED) === 0) to.raw(NO_NAME);
    else writeName(to, row, change, dice);
    to.raw((row.flags & SHARED) === 0 ? this.#owner : (this.#others[dice % OTHER_USERS] ?? this.#owner));
    this.#writeTimes(to, row.createdAt, change, dice, more);
    writeCounters(to, dice, more, change?.touches ?? 0);
    this.#writeOrigin(to, row, more);
    to.raw(ENDS[more & 3] ?? NULL);
  }

  #writeTimes(to: Bytes, createdAt: number, change: Change | undefined, dice: number, more: number): void {
    const idle = this.#bornAt > createdAt ? this.#bornAt - createdAt : 0;
    const modifiedAt = change?.modifiedAt ?? createdAt + Math.min(dice % 3_600_000, idle);
    to.raw(CREATED_AT);
    to.instant(createdAt);
    to.raw(MODIFIED_AT);
    to.instant(modifiedAt);
    to.raw(ACCESSED_AT);
    to.instant(Math.max(modifiedAt, createdAt + Math.min(more % DAY_MS, idle)));
  }

  /** One in 32 unnamed datasets, and half of the named ones, were made by hand and not by a run. */
  #writeOrigin(to: Bytes, row: StoredDataset, more: number): void {
    const actor = this.#actors[more % ACTORS];
    const byHand = (more >>> 8) % ((row.flags & NAMED) === 0 ? 32 : 2) === 0;
    if (byHand || actor === undefined) {
      to.raw(BY_HAND);
      return;
    }
    to.raw(actor);
    to.id(this.#seed ^ 0x72756e73, row.index);
  }
}

/** The user who owns the account grown from `seed`. */
export function ownerOf(seed: number): User {
  return { id: userId(seed, 0), username: "sandbox-owner" };
}

function userId(seed: number, nth: number): string {
  return idOf(seed ^ 0x75736572, nth);
}

function fragmentOf({ id, username }: User): Uint8Array {
  return asciiOf(`,"userId":"${id}","username":"${username}"`);
}

function writeName(to: Bytes, row: StoredDataset, change: Change | undefined, dice: number): void {
  const words = [ADJECTIVES[dice & 7], NOUNS[(dice >>> 3) & 7]];
  to.raw(NAME);
  to.quoted(change?.name ?? `${words.join("-")}-${row.index.toString(36)}`);
  to.raw(TITLE);
  if ((dice & 64) === 0) to.raw(NULL);
  else to.quoted(words.join(" "));
}

function writeCounters(to: Bytes, dice: number, more: number, touches: number): void {
  const itemCount = ((dice >>> 8) % 5000) + touches * 10;
  to.raw(ITEM_COUNT);
  to.whole(itemCount);
  to.raw(CLEAN_ITEM_COUNT);
  to.whole(itemCount - Math.floor(itemCount / 32));
  to.raw(READ_COUNT);
  to.whole(more % 977);
  to.raw(WRITE_COUNT);
  to.whole(itemCount + touches);
  to.raw(DELETE_COUNT);
  to.whole(dice & 3);
  to.raw(INFLATED_BYTES);
  to.whole(itemCount * (200 + (more & 1023)));
}
