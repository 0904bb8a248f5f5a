import type { GrowthPoint } from "../../mirror/insight/growth.ts";
import type { RunSlice } from "../../mirror/insight/run-history.ts";
import { formatCount, formatDuration } from "../format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PageData } from "./page-data.ts";
import { chart, problem, utc } from "./components.ts";

/** The runs of the last day: how long, what they changed, what went wrong. */
export function daySection({ day }: PageData): Html {
  return html`<h2 id="day-h">Last day</h2>
    ${"problem" in day ? problem(day.problem) : dayChart(day.value)}`;
}

function dayChart(slices: readonly RunSlice[]): Html {
  const sum = (read: (slice: RunSlice) => number) => slices.reduce((total, slice) => total + read(slice), 0);
  const runs = sum((slice) => slice.runs);
  const longest = Math.max(0, ...slices.map(({ longestS }) => longestS ?? 0));
  const failed = sum(({ failed: count }) => count);
  const summary = html`<b>${formatCount(runs)}</b> ${runs === 1 ? "run" : "runs"},
    <b class="${failed > 0 ? "bad-text" : ""}">${formatCount(failed)}</b> failed; the longest took
    <b>${longest === 0 ? "–" : formatDuration(longest * 1000)}</b>;
    <b>${formatCount(sum(({ changed }) => changed))}</b> rows changed;
    <b>${formatCount(sum(({ throttled }) => throttled))}</b> answers were 429`;
  return chart(
    "day",
    summary,
    ["From (UTC)", "Longest run", "Runs", "Failed", "Rows changed", "429 answers"],
    slices.map((slice) => [
      [slice.at / 1000, utc(slice.at).slice(5, 16)],
      [slice.longestS, slice.longestS === null ? "–" : formatDuration(slice.longestS * 1000)],
      ...[slice.runs, slice.failed, slice.changed, slice.throttled].map(
        (count) => [count, formatCount(count)] as const,
      ),
    ]),
  );
}

/** Datasets and items over time. */
export function growthSection({ growth }: PageData): Html {
  return html`<h2 id="growth-h">Growth</h2>
    ${"problem" in growth ? problem(growth.problem) : growthChart(growth.value)}`;
}

function growthChart(stands: readonly GrowthPoint[]): Html {
  const first = stands.at(0);
  const last = stands.at(-1);
  if (first === undefined || last === undefined) {
    return html`<p class="empty">Growth is shown from the first proven full pass on.</p>`;
  }
  const span = formatDuration(last.at - first.at);
  const summary = html`<b>${formatCount(last.datasets)}</b> datasets
    <span>(${signed(last.datasets - first.datasets)})</span>, <b>${formatCount(last.items)}</b> items
    <span>(${signed(last.items - first.items)})</span> in ${span}`;
  return chart(
    "growth",
    summary,
    ["Time (UTC)", "Datasets", "Items"],
    stands.map(({ at, datasets, items }) => [
      [Math.round(at / 1000), utc(at).slice(5, 16)],
      [datasets, formatCount(datasets)],
      [items, formatCount(items)],
    ]),
  );
}

export function signed(count: number): string {
  return count > 0 ? `+${formatCount(count)}` : formatCount(count).replace("-", "−");
}
