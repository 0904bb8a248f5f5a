import { hash } from "../../src/core/random.ts";
import { asciiOf } from "./json-bytes.ts";
import type { JsonBytes } from "./json-bytes.ts";
import { ID_LENGTH, writeId } from "./id.ts";

export interface LargeDataset {
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly isNamed: boolean;
  /** How often it was written to. */
  readonly touches: number;
  /** When it was last written to, 0 if never. */
  readonly touchedAt: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ACTORS = 40;

const ID = asciiOf('{"id":');
const NO_NAME = asciiOf(',"name":null,"title":null');
const NAME = asciiOf(',"name":');
const NO_TITLE = asciiOf(',"title":null');
const CREATED_AT = asciiOf(',"createdAt":');
const MODIFIED_AT = asciiOf(',"modifiedAt":');
const ACCESSED_AT = asciiOf(',"accessedAt":');
const ITEM_COUNT = asciiOf(',"itemCount":');
const CLEAN_ITEM_COUNT = asciiOf(',"cleanItemCount":');
const READ_COUNT = asciiOf(',"stats":{"readCount":');
const WRITE_COUNT = asciiOf(',"writeCount":');
const DELETE_COUNT = asciiOf(',"deleteCount":');
const INFLATED_BYTES = asciiOf(',"inflatedBytes":');
const END = asciiOf(',"schema":null,"generalAccess":"FOLLOW_USER_SETTING"}');

/** Writes a dataset as the JSON of an item of the list. */
export class ItemWriter {
  readonly #seed: number;
  readonly #owner: Uint8Array;
  readonly #actors: readonly Uint8Array[];

  constructor(seed: number, ownerId: string) {
    this.#seed = seed;
    this.#owner = asciiOf(`,"userId":"${ownerId}","username":"bench-owner"`);
    this.#actors = Array.from({ length: ACTORS }, (_, nth) => {
      return asciiOf(`},"actId":"${idOf(seed ^ 0x6163746f, nth)}","actRunId":`);
    });
  }

  write(to: JsonBytes, dataset: LargeDataset): void {
    const { index, createdAt, isNamed, touches, touchedAt } = dataset;
    const random = hash(this.#seed ^ 0x64617461, index);
    const modifiedAt = touchedAt === 0 ? createdAt + (random % HOUR_MS) : touchedAt;
    to.raw(ID);
    to.id(this.#seed, index);
    to.raw(isNamed ? NAME : NO_NAME);
    if (isNamed) {
      to.quoted(`products-${index.toString(36)}`);
      to.raw(NO_TITLE);
    }
    to.raw(this.#owner);
    to.raw(CREATED_AT);
    to.instant(createdAt);
    to.raw(MODIFIED_AT);
    to.instant(modifiedAt);
    to.raw(ACCESSED_AT);
    to.instant(modifiedAt + (random % DAY_MS));
    writeCounters(to, random, touches);
    to.raw(this.#actors[random % ACTORS] ?? NO_NAME);
    to.id(this.#seed ^ 0x72756e73, index);
    to.raw(END);
  }
}

export function idOf(seed: number, index: number): string {
  const id = Buffer.alloc(ID_LENGTH);
  writeId(id, 0, seed, index);
  return id.toString("latin1");
}

function writeCounters(to: JsonBytes, random: number, touches: number): void {
  const itemCount = ((random >>> 8) % 5000) + touches * 10;
  to.raw(ITEM_COUNT);
  to.whole(itemCount);
  to.raw(CLEAN_ITEM_COUNT);
  to.whole(itemCount - Math.floor(itemCount / 32));
  to.raw(READ_COUNT);
  to.whole(random % 977);
  to.raw(WRITE_COUNT);
  to.whole(itemCount + touches);
  to.raw(DELETE_COUNT);
  to.whole(random & 3);
  to.raw(INFLATED_BYTES);
  to.whole(itemCount * (200 + (random & 1023)));
}
