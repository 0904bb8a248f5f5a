import type { RunSlice } from "../../mirror/insight/run-history.ts";
import type { Totals } from "../../mirror/insight/top-datasets.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";
import { chart } from "./chart.ts";
import type { Strip } from "./chart.ts";
import { problem, table, term, utc } from "./components.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PageData } from "./page-data.ts";

/** The runs of the last day: how long they took, what they changed, what went wrong. */
export function daySection({ day }: PageData): Html {
  return html`<h2 id="day-h">Last day</h2>
    ${"problem" in day ? problem(day.problem) : dayChart(day.value)}`;
}

function dayChart(slices: readonly RunSlice[]): Html {
  const sum = (read: (slice: RunSlice) => number) => slices.reduce((total, slice) => total + read(slice), 0);
  const [runs, failed, throttled] = [sum((s) => s.runs), sum((s) => s.failed), sum((s) => s.throttled)];
  if (runs === 0) return html`<p class="soft">No run yet.</p>`;
  const strip = (name: string, read: (slice: RunSlice) => number | null, format = formatCount): Strip => ({
    ...{ name, kind: "bars", format },
    points: slices.map((slice) => ({
      ...{ label: utc(slice.at).slice(5), value: read(slice), isBad: slice.failed > 0 },
    })),
  });
  return html`<p>
      <b>${formatCount(runs)}</b> ${runs === 1 ? "run" : "runs"},
      <b class="${failed > 0 ? "bad-text" : ""}">${formatCount(failed)}</b> failed,
      <b>${formatCount(sum((slice) => slice.changed))}</b> rows changed
      ${throttled === 0 ? null : html`, <b>${formatCount(throttled)}</b> ${term("429", "429 answers")}`}
    </p>
    ${chart([
      ...(slices.some(({ longest }) => longest !== null)
        ? [strip("Longest run", ({ longest }) => longest, seconds)]
        : []),
      strip("Rows changed", ({ changed }) => changed),
      ...(throttled === 0 ? [] : [strip("429 answers", (slice) => slice.throttled)]),
    ])}
    ${asTable(
      "Last day as a table",
      ["From (UTC)", "Longest run", "Runs", "Failed", "Rows changed", "429 answers"],
      slices.map((slice) => [
        utc(slice.at).slice(5),
        slice.longest === null ? "–" : seconds(slice.longest),
        ...[slice.runs, slice.failed, slice.changed, slice.throttled].map(formatCount),
      ]),
    )}`;
}

function seconds(count: number): string {
  return formatDuration(count * 1000);
}

/** Datasets over time, as Apify counted them at each run, and as the mirror has them now. */
export function growthSection(data: PageData): Html {
  const { month } = data;
  return html`<h2 id="growth-h">Growth</h2>
    ${"problem" in month ? problem(month.problem) : growthChart(data, month.value)}`;
}

function growthChart({ report, totals, now }: PageData, slices: readonly RunSlice[]): Html {
  const live = report?.status?.live_rows ?? 0;
  const counted = slices.flatMap(({ at, total, total_at }) =>
    total === null || total_at === null ? [] : [{ at, total, total_at }],
  );
  const first = counted[0];
  // Before that, what is mirrored is a part of what Apify counts.
  const isWhole = (report?.status?.last_success_at ?? null) !== null;
  if (first === undefined || !isWhole)
    return html`<p class="soft">Growth is shown from the first complete pass on.</p>`;
  const current = slices.at(-1)?.at;
  const points = slices
    .filter(({ at }) => at >= first.at)
    .map(({ at, total, total_at }) =>
      at === current
        ? { label: utc(now).slice(5), value: live }
        : { label: utc(total_at ?? at).slice(5), value: total },
    );
  return html`<p>
      <b>${formatCount(live)}</b> datasets now, ${signed(live - first.total)} in
      ${formatDuration(now - first.total_at)}${"problem" in totals ? null : held(totals.value)}
    </p>
    ${chart([{ name: "Datasets", kind: "line", points, format: formatCount }])}
    ${asTable(
      "Growth as a table",
      ["Time (UTC)", "Datasets"],
      points.map(({ label, value }) => [label, value === null ? "–" : formatCount(value)]),
    )}`;
}

function held({ items, bytes }: Totals): Html {
  return html`; <b>${formatCount(items)}</b> items,
    <b title="As Apify counts them, uncompressed">${formatBytes(bytes)}</b>`;
}

export function signed(count: number): string {
  return count > 0 ? `+${formatCount(count)}` : formatCount(count).replace("-", "−");
}

/** The figures of a chart, for people who cannot see it. */
function asTable(name: string, heads: readonly string[], rows: readonly (readonly string[])[]): Html {
  const columns = heads.map((head, index) => (index === 0 ? ([head] as const) : ([head, "num"] as const)));
  return html`<details>
    <summary>As a table</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${name}">${table("data", columns, rows)}</div>
  </details>`;
}
