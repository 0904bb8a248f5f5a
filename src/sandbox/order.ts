import type { StoredDataset } from "./dataset.ts";

/** Which rows a listing shows, judged by their flags. */
export interface Filter {
  /** Names the filter in the cache of views. */
  readonly key: string;
  admits(flags: number): boolean;
}

/**
 * The list itself: rows ascending by createdAt, later arrivals behind earlier ones of the same instant.
 * Held in columns of 13 bytes a row, so that ten million fit into 130 MB.
 */
export class Order {
  #createdAt: Float64Array;
  #index: Uint32Array;
  #flags: Uint8Array;
  /** Where row 0 stands in the columns; expiry moves it instead of moving all rows. */
  #head = 0;
  #length = 0;
  readonly #views = new Map<string, Uint32Array>();

  constructor(capacity = 1024) {
    this.#createdAt = new Float64Array(capacity);
    this.#index = new Uint32Array(capacity);
    this.#flags = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  at(position: number): StoredDataset {
    if (position < 0 || position >= this.#length) throw new RangeError(`no row at ${position}`);
    const slot = this.#head + position;
    return {
      index: this.#index[slot] ?? 0,
      createdAt: this.createdAt(position),
      flags: this.#flags[slot] ?? 0,
    };
  }

  createdAt(position: number): number {
    return this.#createdAt[this.#head + position] ?? Number.NaN;
  }

  /** Position of the dataset with this index, or -1. */
  find(index: number): number {
    return this.#index.subarray(this.#head, this.#head + this.#length).indexOf(index);
  }

  insert(row: StoredDataset): void {
    if (this.#head + this.#length === this.#flags.length) this.#grow();
    const slot = this.#head + this.#after(row.createdAt);
    const end = this.#head + this.#length;
    if (slot < end) this.#move(slot + 1, slot, end);
    this.#createdAt[slot] = row.createdAt;
    this.#index[slot] = row.index;
    this.#flags[slot] = row.flags;
    this.#length++;
    this.#views.clear();
  }

  setFlags(position: number, flags: number): void {
    this.#flags[this.#head + position] = flags;
    this.#views.clear();
  }

  /** Removes the rows at these ascending positions; whichever side of them is shorter moves up. */
  remove(positions: readonly number[]): void {
    const [first, last] = [positions[0], positions.at(-1)];
    if (first === undefined || last === undefined) return;
    if (last < this.#length - first) this.#closeFromHead(positions);
    else this.#closeFromTail(positions);
    this.#length -= positions.length;
    this.#views.clear();
  }

  /** Positions the filter admits, in order; kept until the list changes. */
  view(filter: Filter): Uint32Array {
    const cached = this.#views.get(filter.key);
    if (cached !== undefined) return cached;
    const positions = new Uint32Array(this.#length);
    let count = 0;
    for (let position = 0; position < this.#length; position++) {
      if (filter.admits(this.#flags[this.#head + position] ?? 0)) positions[count++] = position;
    }
    const view = positions.slice(0, count);
    this.#views.set(filter.key, view);
    return view;
  }

  /** The list as it stands now, to be served later as a stale view. */
  clone(): Order {
    const copy = new Order(0);
    const [from, to] = [this.#head, this.#head + this.#length];
    copy.#createdAt = this.#createdAt.slice(from, to);
    copy.#index = this.#index.slice(from, to);
    copy.#flags = this.#flags.slice(from, to);
    copy.#length = this.#length;
    return copy;
  }

  /** First position whose row is younger than `createdAt`. Appending is the usual case and costs one look. */
  #after(createdAt: number): number {
    let [low, high] = [0, this.#length];
    if (high > 0 && this.createdAt(high - 1) <= createdAt) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.createdAt(middle) <= createdAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #closeFromTail(positions: readonly number[]): void {
    let target = this.#head + (positions[0] ?? 0);
    for (const [nth, position] of positions.entries()) {
      const from = this.#head + position + 1;
      const to = this.#head + (positions[nth + 1] ?? this.#length);
      this.#move(target, from, to);
      target += to - from;
    }
  }

  #closeFromHead(positions: readonly number[]): void {
    let target = this.#head + (positions.at(-1) ?? 0) + 1;
    for (const [nth, position] of positions.toReversed().entries()) {
      const before = positions[positions.length - 2 - nth];
      const from = before === undefined ? this.#head : this.#head + before + 1;
      const to = this.#head + position;
      target -= to - from;
      this.#move(target, from, to);
    }
    this.#head += positions.length;
  }

  #move(target: number, from: number, to: number): void {
    for (const column of [this.#createdAt, this.#index, this.#flags]) column.copyWithin(target, from, to);
  }

  #grow(): void {
    const capacity = Math.max(1024, Math.ceil(this.#length * 1.5));
    const grown = new Order(capacity);
    const [from, to] = [this.#head, this.#head + this.#length];
    grown.#createdAt.set(this.#createdAt.subarray(from, to));
    grown.#index.set(this.#index.subarray(from, to));
    grown.#flags.set(this.#flags.subarray(from, to));
    [this.#createdAt, this.#index, this.#flags] = [grown.#createdAt, grown.#index, grown.#flags];
    this.#head = 0;
  }
}
