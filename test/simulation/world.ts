/** A list of datasets that moves, and the past states of it that a server may still answer from. Time is in minutes. */
import type { Anchor } from "../../src/core/cursor.ts";
import type { Listed } from "../../src/core/page.ts";

/**
 * What the server always tells oddly of a dataset: nothing that can be read, no `createdAt`, one that is off its place, or something that cannot be stored.
 */
export type Oddity = "unreadable" | "undated" | "misplaced" | "unmirrorable";

export interface Dataset extends Listed {
  /** Appeared in the list within `LAG_MAX` of its creation, unlike one that was shared or named later. */
  readonly ordinary: boolean;
  readonly named: boolean;
  readonly oddity: Oddity | null;
}

/** One state of the list. */
export interface View {
  readonly since: number;
  readonly rows: readonly Dataset[];
  readonly ids: ReadonlySet<string>;
}

/** When a dataset was not listed; `to` is null while it still is not. */
interface Absence {
  readonly from: number;
  to: number | null;
}

/** How long the listing may lag behind a creation. */
export const LAG_MAX = 3;
/** How old the state may be that a page is answered from. */
export const STALE_MAX = 6;
/** Minutes by which a misplaced dataset seems older than it is. */
export const DISPLACEMENT = 2;
/** Of datasets, one in so many has a name. */
const NAMED_SHARE = 4;

/** The order of the list: by `createdAt`, ties by id. Stable, which is what the walk assumes of the server. */
export function compare(left: Anchor, right: Anchor): number {
  return left.createdAt - right.createdAt || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

export class World {
  now = 1_000;
  /** Something came into the middle of the list, or changed its oddity there. */
  isMiddleMoved = false;
  /** What the server's `total` is too high by, always. */
  excess = 0;
  #views: View[] = [viewOf(1_000, [])];
  readonly #absences = new Map<string, Absence[]>();
  readonly #arrivals = new Map<string, number>();
  readonly #created = new Map<string, number>();
  readonly #hidden: Dataset[] = [];

  get view(): View {
    const view = this.#views.at(-1);
    if (!view) throw new Error("a world has always a view");
    return view;
  }

  get list(): readonly Dataset[] {
    return this.view.rows;
  }

  /** The state of the list `back` changes ago, but none that ended `STALE_MAX` ago or earlier. */
  viewBack(back: number): View {
    let index = this.#views.length - 1;
    for (let left = back; left > 0 && index > 0; left -= 1) {
      const next = this.#views[index];
      if (!next || next.since <= this.now - STALE_MAX) break;
      index -= 1;
    }
    return this.#views[index] ?? this.view;
  }

  absencesOf(id: string): readonly Absence[] {
    return this.#absences.get(id) ?? [];
  }

  /** When it was first listed. */
  arrivalOf(id: string): number {
    return this.#arrivals.get(id) ?? this.now;
  }

  /** Where a row truly sorts, whatever the server tells of it. */
  placeOf({ id, createdAt }: Anchor): Anchor {
    return { id, createdAt: this.#created.get(id) ?? createdAt };
  }

  /** `count` datasets that were created `lag` ago (at most `LAG_MAX`) and appear in the list now. */
  create(count: number, lag: number, oddity: Oddity | null = null): void {
    if (oddity !== "misplaced")
      return this.#add(this.#fresh(count, this.now - lag, { ordinary: true, oddity }));
    // It seems older than one other, and nothing else is near.
    this.now += LAG_MAX + 1;
    this.#add(this.#fresh(1, this.now, { ordinary: true, oddity: null }));
    this.now += 1;
    this.#add(this.#fresh(1, this.now, { ordinary: true, oddity }));
    this.now += LAG_MAX + 1;
  }

  /** A dataset that existed elsewhere appears at its old place, as if shared with the account or named. */
  share(at: number): void {
    const neighbour = this.#at(at);
    if (this.list.some(({ oddity }) => oddity === "misplaced")) return;
    this.isMiddleMoved = true;
    this.#add(
      this.#fresh(1, (neighbour?.createdAt ?? this.now) - (at % 2), { ordinary: false, oddity: null }),
    );
  }

  /** From now on the server tells a dataset that it told well before without `createdAt`, or so that it cannot be stored. */
  spoil(at: number): void {
    const row = this.#at(at);
    if (!row) return;
    this.isMiddleMoved = true;
    const oddity = at % 2 === 0 ? "undated" : "unmirrorable";
    this.#show(this.list.map((other) => (other === row ? { ...row, oddity } : other)));
  }

  expire(count: number): void {
    this.#take(this.list.slice(0, count));
  }

  expireBefore(createdAt: number): void {
    const end = this.list.findIndex((row) => row.createdAt >= createdAt);
    this.expire(end === -1 ? this.list.length : end);
  }

  delete(at: number, count: number): void {
    const from = at % Math.max(1, this.list.length);
    this.#take(this.list.slice(from, from + count));
  }

  /** Every `every`-th dataset is deleted. */
  thin(every: number): void {
    this.#take(this.list.filter((_, index) => index % every === every - 1));
  }

  /** Taken out of the list without being deleted, as if unshared; `reveal` brings it back to its place. */
  hide(at: number): void {
    const row = this.#at(at);
    if (!row) return;
    this.#take([row]);
    this.#hidden.push(row);
  }

  reveal(at: number): void {
    const [row] = this.#hidden.splice(at % Math.max(1, this.#hidden.length), 1);
    if (!row) return;
    const absence = this.#absences.get(row.id)?.at(-1);
    if (absence) absence.to = this.now;
    this.isMiddleMoved = true;
    this.#add([row]);
  }

  #at(index: number): Dataset | undefined {
    return this.list[index % Math.max(1, this.list.length)];
  }

  #fresh(count: number, createdAt: number, kind: Pick<Dataset, "ordinary" | "oddity">): Dataset[] {
    return Array.from({ length: count }, () => {
      const scrambled = Math.imul(this.#created.size + 1, 2_654_435_761) >>> 0;
      const id = scrambled.toString(36).padStart(7, "0");
      this.#created.set(id, createdAt);
      this.#arrivals.set(id, this.now);
      return { id, createdAt, named: scrambled % NAMED_SHARE === 0, ...kind };
    });
  }

  #add(rows: readonly Dataset[]): void {
    const [first] = rows;
    const last = this.list.at(-1);
    const together = [...this.list, ...rows];
    // Most come alone and at the end, and the list of a week is long.
    const isAtEnd = rows.length === 1 && first && (!last || compare(last, first) < 0);
    this.#show(isAtEnd ? together : together.toSorted(compare));
  }

  #take(rows: readonly Dataset[]): void {
    if (rows.length === 0) return;
    const gone = new Set(rows);
    for (const { id } of rows) {
      const absence = { from: this.now, to: null };
      const absences = this.#absences.get(id);
      if (absences) absences.push(absence);
      else this.#absences.set(id, [absence]);
    }
    this.#show(this.list.filter((row) => !gone.has(row)));
  }

  #show(rows: readonly Dataset[]): void {
    this.#views.push(viewOf(this.now, rows));
    if (this.#views.length > 64) this.#views = this.#views.slice(-32);
  }
}

function viewOf(since: number, rows: readonly Dataset[]): View {
  let ids: ReadonlySet<string> | undefined;
  return {
    since,
    rows,
    get ids() {
      return (ids ??= new Set(rows.map((row) => row.id)));
    },
  };
}
