/** The rows that a list shows of those created from `from` to `to`, both included; milliseconds since the epoch. */
export interface KeyRange {
  readonly from: number;
  readonly to: number;
  /** At least 1. */
  readonly count: number;
}

/** A span of time, milliseconds since the epoch or infinite: `from` is part of it, `before` is not. */
export interface TimeSpan {
  readonly from: number;
  readonly before: number;
}

/** Where a page of a list lies: the rows of these ranges, in order, without the first `skip`. */
export interface Place {
  readonly ranges: readonly Pick<KeyRange, "from" | "to">[];
  readonly skip: number;
  readonly count: number;
}

/**
 * Says which times of creation an offset of a list means, so that a page is a short range scan and not one over all rows
 * before it. Rows of one instant are never in two ranges. Immutable.
 */
export class OffsetIndex {
  readonly ranges: readonly KeyRange[];
  /** Rows of the list. */
  readonly total: number;
  /** Rows up to the end of each range. */
  readonly #ends: readonly number[];

  /** The ranges must be in order and not overlap. */
  constructor(ranges: readonly KeyRange[]) {
    let end = 0;
    this.ranges = ranges;
    this.#ends = ranges.map(({ count }) => (end += count));
    this.total = end;
  }

  /** The page of `limit` rows from `offset` on, counted from the first row or, if `desc`, from the last one. */
  locate(offset: number, limit: number, desc: boolean): Place {
    const [first, end] = desc ? [this.total - offset - limit, this.total - offset] : [offset, offset + limit];
    const from = Math.max(0, first);
    const to = Math.min(end, this.total);
    if (from >= to) return { ranges: [], skip: 0, count: 0 };
    const [low, high] = [this.#rangeOf(from), this.#rangeOf(to - 1)];
    const ranges = this.ranges.slice(low, high + 1);
    const before = low === 0 ? 0 : (this.#ends[low - 1] ?? 0);
    const behind = (this.#ends[high] ?? 0) - to;
    return { ranges, skip: desc ? behind : from - before, count: to - from };
  }

  /** The spans, made longer where a range lies in one of them only in part, and joined where they meet. In order. */
  cover(spans: readonly TimeSpan[]): TimeSpan[] {
    const covered: TimeSpan[] = [];
    for (const { from, before } of spans) {
      const touched = this.ranges.filter((range) => range.to >= from && range.from < before);
      const wide = {
        from: Math.min(from, touched[0]?.from ?? Infinity),
        before: Math.max(before, (touched.at(-1)?.to ?? -Infinity) + 1),
      };
      const last = covered.at(-1);
      if (last === undefined || last.before < wide.from) covered.push(wide);
      else covered.splice(-1, 1, { from: last.from, before: Math.max(last.before, wide.before) });
    }
    return covered;
  }

  /** The same list with the ranges of a span read again. No range may lie in the span only in part: see `cover`. */
  replace(span: TimeSpan, fresh: readonly KeyRange[]): OffsetIndex {
    const before = this.ranges.filter(({ to }) => to < span.from);
    const behind = this.ranges.filter(({ from }) => from >= span.before);
    return new OffsetIndex([...before, ...fresh, ...behind]);
  }

  /** The position of the range that holds the row at `offset`. */
  #rangeOf(offset: number): number {
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
