import type { Item, Query, User } from "../apify/contract.ts";
import { hash } from "../core/random.ts";

/** A dataset of the account. It is never changed, only replaced; what is not here follows from `index` and the seed. */
export interface Dataset {
  readonly index: number;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly name: string | null;
  /** Owned by another user and shared with this account. */
  readonly isShared: boolean;
  readonly counters: Counters;
}

export interface Counters {
  /** How often it was written to; each time adds items, writes and bytes. */
  readonly touches: number;
  /** When it was last written to, milliseconds since the epoch; null if never since the account began. */
  readonly touchedAt: number | null;
}

const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const ADJECTIVES = ["daily", "raw", "clean", "merged", "old", "test", "final", "weekly"];
const NOUNS = ["products", "reviews", "prices", "listings", "profiles", "places", "articles", "jobs"];
const ACCESS = ["FOLLOW_USER_SETTING", "FOLLOW_USER_SETTING", "ANYONE_WITH_ID_CAN_READ", "RESTRICTED"];
const ACTORS = 40;
const OTHER_USERS = 5;

const UNTOUCHED: Counters = { touches: 0, touchedAt: null };

/** What distinguishes the random numbers of one purpose from those of another. */
const PURPOSE = {
  words: 0x776f7264,
  counts: 0x64617461,
  rest: 0x6d6f7265,
  user: 0x75736572,
  actor: 0x6163746f,
  run: 0x72756e73,
  named: 0x6e616d65,
};

/** Dataset number `index` of the account grown from `seed`; `named` is the share of datasets that have a name. */
export function newDataset(seed: number, index: number, createdAt: number, named: number): Dataset {
  const isNamed = hash(seed ^ PURPOSE.named, index) < named * 0x1_0000_0000;
  const name = isNamed ? `${wordsOf(seed, index).join("-")}-${index.toString(36)}` : null;
  return { index, id: idOf(seed, index), createdAt, name, isShared: false, counters: UNTOUCHED };
}

/** The dataset as the list shows it. None was modified or read after `bornAt` unless it was touched. */
export function toItem(dataset: Dataset, seed: number, bornAt: number): Item {
  const { index, id, createdAt, name, isShared, counters } = dataset;
  const counts = hash(seed ^ PURPOSE.counts, index);
  const rest = hash(seed ^ PURPOSE.rest, index);
  const age = Math.max(0, bornAt - createdAt);
  const modifiedAt = counters.touchedAt ?? createdAt + Math.min(counts % HOUR_MS, age);
  const accessedAt = Math.max(modifiedAt, createdAt + Math.min(rest % DAY_MS, age));
  const itemCount = ((counts >>> 8) % 5000) + counters.touches * 10;
  const user = isShared ? userOf(seed, 1 + (counts % OTHER_USERS)) : ownerOf(seed);
  // One in 32 unnamed datasets, and half of the named ones, were made by hand and not by a run.
  const isManual = (rest >>> 8) % (name === null ? 32 : 2) === 0;
  return {
    id,
    name,
    title: name !== null && counts % 2 === 1 ? wordsOf(seed, index).join(" ") : null,
    userId: user.id,
    username: user.username,
    createdAt: new Date(createdAt).toISOString(),
    modifiedAt: new Date(modifiedAt).toISOString(),
    accessedAt: new Date(accessedAt).toISOString(),
    itemCount,
    cleanItemCount: itemCount - Math.floor(itemCount / 32),
    stats: {
      readCount: rest % 977,
      writeCount: itemCount + counters.touches,
      deleteCount: counts % 4,
      inflatedBytes: itemCount * (200 + (rest % 1024)),
    },
    actId: isManual ? null : idOf(seed ^ PURPOSE.actor, rest % ACTORS),
    actRunId: isManual ? null : idOf(seed ^ PURPOSE.run, index),
    schema: null,
    generalAccess: ACCESS[rest % ACCESS.length],
  };
}

/** Whether a query asks for the dataset: the named ones unless `unnamed`, of both ownerships unless one is given. */
export function isAskedFor({ name, isShared }: Dataset, { unnamed = false, ownership }: Query): boolean {
  return (
    (unnamed || name !== null) && (ownership === undefined || (ownership === "sharedWithMe") === isShared)
  );
}

/** The user who owns the account grown from `seed`. */
export function ownerOf(seed: number): User {
  return userOf(seed, 0);
}

function userOf(seed: number, nth: number): User {
  return { id: idOf(seed ^ PURPOSE.user, nth), username: nth === 0 ? "sandbox-owner" : `colleague-${nth}` };
}

function wordsOf(seed: number, index: number): string[] {
  const words = hash(seed ^ PURPOSE.words, index);
  return [ADJECTIVES[words % ADJECTIVES.length] ?? "", NOUNS[(words >>> 8) % NOUNS.length] ?? ""];
}

const ID_LENGTH = 17;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Characters that a random number of 32 bits is good for. */
const CHARACTERS_PER_WORD = 5;

/** 17 letters and digits, as Apify's ids. */
export function idOf(seed: number, index: number): string {
  const id: string[] = [];
  let word = 0;
  for (let place = 0; place < ID_LENGTH; place++) {
    if (place % CHARACTERS_PER_WORD === 0) word = hash(seed + place, index);
    id.push(ALPHABET.charAt(word % ALPHABET.length));
    word = Math.floor(word / ALPHABET.length);
  }
  return id.join("");
}
