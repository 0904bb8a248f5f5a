import { inDatabase } from "../mirror/database.ts";
import type { Db } from "../mirror/database.ts";
import type { ListPage, ListRequest } from "./live-list.ts";
import { OffsetIndex } from "./offset-index.ts";
import type { Queue } from "./queue.ts";
import { readItems } from "./read-page.ts";
import { ALL_TIME, readRanges } from "./read-ranges.ts";
import { keyOf } from "./rows.ts";
import type { View } from "./rows.ts";
import { inSnapshot } from "./snapshot.ts";

/** Ranges of all indexes that are kept together, some tens of bytes each. */
const RANGES_MAX = 200_000;

/** The lists of an account as they were. An index is made with the first page of a list, and kept while it is used. */
export class StandingLists {
  readonly #db: Db;
  readonly #source: string;
  readonly #queue: Queue;
  /** By list, the one that was used last at the end. */
  readonly #indexes = new Map<string, OffsetIndex>();

  constructor(db: Db, source: string, queue: Queue) {
    this.#db = db;
    this.#source = source;
    this.#queue = queue;
  }

  /** A page of the list as of a moment that is settled, see `AccountState`. */
  async page(asOf: string, request: ListRequest): Promise<ListPage> {
    const { filter, offset, limit, desc } = request;
    const view = { source: this.#source, filter, asOf };
    const key = `${asOf} ${keyOf(filter)}`;
    const index =
      this.#use(key) ?? (await this.#queue.run(async () => this.#use(key) ?? this.#make(key, view)));
    const place = index.locate(offset, limit, desc);
    const page = await inDatabase("read a list of the past", () => readItems(this.#db, view, place, desc));
    return { ...page, total: index.total };
  }

  async #make(key: string, view: View): Promise<OffsetIndex> {
    const ranges = await inSnapshot(this.#db, "read a list of the past", (tx) =>
      readRanges(tx, view, ALL_TIME),
    );
    const index = new OffsetIndex(ranges);
    this.#indexes.set(key, index);
    this.#forgetOldest();
    return index;
  }

  #use(key: string): OffsetIndex | undefined {
    const index = this.#indexes.get(key);
    if (index === undefined) return undefined;
    this.#indexes.delete(key);
    this.#indexes.set(key, index);
    return index;
  }

  #forgetOldest(): void {
    let kept = this.#indexes.values().reduce((sum, { ranges }) => sum + ranges.length, 0);
    for (const [key, { ranges }] of this.#indexes) {
      if (kept <= RANGES_MAX) return;
      kept -= ranges.length;
      this.#indexes.delete(key);
    }
  }
}
