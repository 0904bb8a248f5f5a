import type { Query, User } from "../../src/apify/contract.ts";
import { LIMIT_MAX } from "../../src/apify/contract.ts";
import type { Listing, ServedAccount } from "../../src/apify/server.ts";
import { hash } from "../../src/core/random.ts";
import { JsonBytes, asciiOf } from "./json-bytes.ts";
import { ItemWriter, idOf } from "./item-writer.ts";
import type { LargeDataset } from "./item-writer.ts";

export interface LargeAccountOptions {
  readonly datasets: number;
  /** When the oldest and the youngest dataset were created; milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

const SEED = 1;
/** One dataset in so many has a name. */
const NAMED_EVERY = 20;
/** Room for an item; a longer one makes more. */
const ITEM_BYTES = 600;
const COMMA = asciiOf(",");

/**
 * An account of millions of datasets that come and go nowhere: all follow from their number, so that ten million take no
 * more memory than what was written to them, and a page is made faster than a mirror can read it.
 */
export class LargeAccount implements ServedAccount {
  readonly #options: LargeAccountOptions;
  readonly #owner: User = { id: idOf(SEED, -1), username: "bench-owner" };
  readonly #writer = new ItemWriter(SEED, this.#owner.id);
  readonly #touches: Uint16Array;
  #touchedAt = 0;

  constructor(options: LargeAccountOptions) {
    this.#options = options;
    this.#touches = new Uint16Array(options.datasets);
  }

  list({ offset = 0, unnamed = false, desc = false, ...query }: Query): Listing {
    if (desc) throw new Error("the mirror asks for ascending pages");
    const limit = Math.min(query.limit || LIMIT_MAX, LIMIT_MAX);
    const step = unnamed ? 1 : NAMED_EVERY;
    const isOthers = query.ownership === "sharedWithMe";
    const total = isOthers ? 0 : Math.ceil(this.#options.datasets / step);
    const count = Math.max(0, Math.min(limit, total - offset));
    const items = new JsonBytes(count * ITEM_BYTES);
    for (let place = offset; place < offset + count; place++) {
      if (place > offset) items.raw(COMMA);
      this.#writer.write(items, this.#datasetAt(place * step));
    }
    return { total, offset, limit, desc, unnamed, count, items: items.take() };
  }

  get(): null {
    return null;
  }

  owner(): User {
    return this.#owner;
  }

  /** Writes to datasets that lie evenly over the list. */
  touch(count: number, now: number): void {
    const { datasets } = this.#options;
    this.#touchedAt = now;
    for (let nth = 0; nth < count; nth++) {
      const index = Math.floor((nth * datasets) / count);
      this.#touches[index] = (this.#touches[index] ?? 0) + 1;
    }
  }

  #datasetAt(index: number): LargeDataset {
    const { datasets, from, to } = this.#options;
    const touches = this.#touches[index] ?? 0;
    const place = index + hash(SEED, index) / 0x1_0000_0000;
    return {
      index,
      createdAt: Math.floor(from + (place * (to - from)) / datasets),
      isNamed: index % NAMED_EVERY === 0,
      touches,
      touchedAt: touches === 0 ? 0 : this.#touchedAt,
    };
  }
}
