/** What must hold when nothing moves any more, whatever was answered before. */
import { Violation } from "./check.ts";
import type { MirrorRow } from "./model-mirror.ts";
import type { Passes } from "./passes.ts";
import { DISPLACEMENT } from "./world.ts";
import type { Dataset, World } from "./world.ts";

/** I4: the mirror's live rows are the list. */
export function checkEqual(world: World, passes: Passes, when: string): void {
  const { missed, stale } = differences(world, passes);
  if (missed.length + stale.length === 0) return;
  const text = `not in the mirror: [${missed.join()}], not in the list: [${stale.join()}]`;
  throw new Violation("I4", `${when}: ${text}`);
}

export function isEqual(world: World, passes: Passes): boolean {
  const { missed, stale } = differences(world, passes);
  return missed.length + stale.length === 0;
}

function differences(world: World, { mirror }: Passes): { missed: string[]; stale: string[] } {
  const missed = world.list.filter((row) => isMirrorable(row) && !mirror.isLive(row.id));
  const stale = mirror.liveRows().filter((row) => !world.view.ids.has(row.id) && isJudged(world, row));
  return { missed: missed.map(({ id }) => id), stale: stale.map(({ id }) => id) };
}

/** What is gone and past its grace is removed. */
export function checkRemoved(world: World, passes: Passes, when: string): void {
  const left = goneAndLeft(world, passes);
  if (left.length > 0) throw new Violation("I4", `${when}: gone and not removed: [${left.join()}]`);
}

export function isRemoved(world: World, passes: Passes): boolean {
  return goneAndLeft(world, passes).length === 0;
}

function goneAndLeft(world: World, { mirror }: Passes): string[] {
  return [...mirror.rows.values()]
    .filter((row) => row.removedAt === null && !world.view.ids.has(row.id) && isJudged(world, row))
    .map(({ id }) => id);
}

function isMirrorable({ oddity }: Dataset): boolean {
  return oddity === null || oddity === "misplaced";
}

/** Whether the list can tell that a row is gone: beside what is odd, and at the end where `total` is too high, it cannot. */
function isJudged({ list, excess }: World, { createdAt }: MirrorRow): boolean {
  const placed = list.filter(({ oddity }) => oddity !== "unreadable" && oddity !== "undated");
  if (excess > 0 && createdAt >= (placed.at(-2)?.createdAt ?? -Infinity)) return false;
  return !list.some((odd, index) => {
    // Of its own ties one without createdAt may be any.
    if (odd.oddity === "undated") return odd.createdAt === createdAt;
    if (odd.oddity !== "unreadable" && odd.oddity !== "misplaced") return false;
    const isSound = (row: Dataset) =>
      isMirrorable(row) && Math.abs(row.createdAt - odd.createdAt) > DISPLACEMENT;
    const before = list.slice(0, index).findLast(isSound)?.createdAt ?? -Infinity;
    const behind = list.slice(index + 1).find(isSound)?.createdAt ?? Infinity;
    return createdAt >= before && createdAt <= behind;
  });
}
