import type { RunStatus } from "../../mirror/status.ts";
import { formatCount, formatDuration, formatRate, formatShare, runMs } from "../format.ts";
import { age, term } from "./components.ts";
import { html } from "./html.ts";
import type { Html, Value } from "./html.ts";
import type { PageData } from "./page-data.ts";

/** Milliseconds before which a pass cannot tell how long it will take. */
const ESTIMATED_MS = 2000;

type Fact = readonly [name: Value, value: Value];

/** What runs now, with its progress; the same shape when nothing does, so that nothing moves. */
export function nowSection({ report, options, now }: PageData): Html {
  const status = report?.status ?? null;
  const run = status?.running ?? status?.runs[0];
  const holder = status?.lease.holder ?? null;
  const isElsewhere = holder !== null && holder !== options.holder;
  const where = isElsewhere ? html` <span class="soft">in another process</span>` : null;
  const next: Fact = ["Next full pass", age(options.nextFullPass(), now)];
  if (report === null) return body(html`<strong>Not known</strong>`, null, idleFacts(undefined, next));
  if (run === undefined) return body(html`<strong>Idle</strong>, no run yet`, null, idleFacts(run, next));
  if (run.status === "running") {
    const name = `${run.kind.charAt(0).toUpperCase()}${run.kind.slice(1)} pass`;
    const since = formatDuration(runMs(run, now));
    const share = shareOf(run);
    return body(html`<strong>${term(run.kind, name)}</strong> for ${since}${where}`, share, [
      ...runningFacts(run, share, now),
      next,
    ]);
  }
  const last = html`last run ${run.status} ${age(run.finished_at ?? run.started_at, now)}`;
  return body(html`<strong>Idle</strong>, ${last}${where}`, null, idleFacts(run, next));
}

function body(line: Html, share: number | null, facts: readonly Fact[]): Html {
  return html`<h2 id="now-h">Now</h2>
    <p class="line"><span class="dot ${share === null ? "" : "on"}" aria-hidden="true"></span>${line}</p>
    <progress
      max="1"
      value="${(share ?? 0).toFixed(4)}"
      aria-label="${share === null ? "No pass runs" : "Progress of the pass"}"
    ></progress>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

function runningFacts(run: RunStatus, share: number, now: number): Fact[] {
  const elapsed = runMs(run, now);
  const isEstimated = share > 0 && share < 1 && elapsed >= ESTIMATED_MS;
  return [
    ["List read", formatShare(share)],
    ["Time left", isEstimated ? formatDuration((elapsed / share) * (1 - share)) : "–"],
    ["Rows", formatCount(run.count)],
    ["Rate", formatRate(run.count, elapsed)],
    [term("429", "429 answers"), formatCount(run.throttled)],
  ];
}

/** How much a pass has read of what it has to read. */
function shareOf({ total, offset_from: from, offset_to: to }: RunStatus): number {
  if (total === null || from === null || to === null || total <= from) return 0;
  return Math.min(1, Math.max(0, to - from) / (total - from));
}

function idleFacts(run: RunStatus | undefined, next: Fact): Fact[] {
  return [
    ["Rows read", count(run?.count)],
    ["Inserted", count(run?.inserted)],
    ["Updated", count(run?.updated)],
    ["Removed", count(run?.removed)],
    [term("429", "429 answers"), count(run?.throttled)],
    next,
  ];
}

function count(value: number | undefined): string {
  return value === undefined ? "–" : formatCount(value);
}
