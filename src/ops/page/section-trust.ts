import { quotable } from "../../core/text.ts";
import type { RunStatus } from "../../mirror/status.ts";
import { formatCount, formatDuration, formatRate, formatShare } from "../format.ts";
import { trustOf } from "../verdict.ts";
import type { Check } from "../verdict.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PageData } from "./page-data.ts";
import { age, icon } from "./pieces.ts";

const DETAIL_MAX = 400;

/** At a glance: can the mirror be trusted now? */
export function trustSection({ seen, watch, now }: PageData): Html {
  const { level, headline, detail, checks } = trustOf(seen, watch.unprovenMs, now);
  return html`<div class="trust ${level}">
      ${icon(level)}
      <div>
        <div role="status" aria-live="polite"><h1>${headline}</h1></div>
        <p>${quotable(detail, "", DETAIL_MAX)}</p>
      </div>
    </div>
    <ul class="checks">
      ${checks.map((check) => checkItem(check, now))}
    </ul>`;
}

function checkItem({ level, title, text, at }: Check, now: number): Html {
  return html`<li>
    ${icon(level)}
    <div><strong>${title}</strong> <span>${text}${at === null ? null : html` ${age(at, now)}`}</span></div>
  </li>`;
}

/** What runs now, with its progress; the same shape when nothing does, so that nothing moves. */
export function nowSection({ seen, watch, now }: PageData): Html {
  const run = seen.known ? seen.report.runs[0] : undefined;
  const isRunning = run?.status === "running";
  const lease = seen.known ? seen.report.lease : null;
  const isElsewhere = lease !== null && lease.holder !== null && lease.holder !== watch.holder;
  const where = isElsewhere ? html` <span class="tag">in another process</span>` : null;
  return html`<h2 id="now-h">Now</h2>
    ${isRunning && run ? runningNow(run, where, now) : idleNow(run, where, now)}`;
}

function runningNow(run: RunStatus, where: Html | null, now: number): Html {
  const { kind, count, pages, total, throttled } = run;
  const elapsed = Math.max(0, now - Date.parse(run.started_at));
  const { done, whole } = progressOf(run);
  const share = whole === 0 ? 0 : Math.min(1, done / whole);
  const left = done > 0 && share < 1 ? ((whole - done) / done) * elapsed : null;
  const of = total === null ? "" : ` of ${formatCount(total)}`;
  return html`<p class="line">
      <span class="dot on" aria-hidden="true"></span
      ><strong>${kind === "full" ? "Full pass" : "Incremental pass"}</strong> runs for
      ${formatDuration(elapsed)}${where}
    </p>
    <progress max="1" value="${share.toFixed(4)}" aria-label="Progress of the pass">
      ${formatShare(share)}
    </progress>
    <dl class="facts">
      <div>
        <dt>List read</dt>
        <dd>
          ${formatShare(share)}${left === null || elapsed < 2000 ? null : html`, <small>about ${formatDuration(left)} left</small>`}
        </dd>
      </div>
      <div>
        <dt>Pages</dt>
        <dd>${formatCount(pages)}</dd>
      </div>
      <div>
        <dt>Rows</dt>
        <dd>${formatCount(count)}<small>${of}</small></dd>
      </div>
      <div>
        <dt>Rate</dt>
        <dd>
          ${formatRate(count, elapsed)}${throttled > 0 ? html` <small>${formatCount(throttled)} × 429</small>` : null}
        </dd>
      </div>
    </dl>`;
}

/** How far a pass has read of what it has to read, in rows. */
function progressOf({ total, offset_from: from, offset_to: to }: RunStatus): { done: number; whole: number } {
  if (total === null || from === null || to === null) return { done: 0, whole: 0 };
  return { done: Math.max(0, to - from), whole: Math.max(0, total - from) };
}

function idleNow(run: RunStatus | undefined, where: Html | null, now: number): Html {
  const last =
    run === undefined
      ? html`no run yet`
      : html`last run ${run.status} ${age(run.finished_at ?? run.started_at, now)}`;
  return html`<p class="line">
      <span class="dot" aria-hidden="true"></span><strong>Between two runs</strong> ${last}${where}
    </p>
    <progress max="1" value="0" class="idle" aria-label="No pass runs"></progress>
    <dl class="facts">
      <div>
        <dt>Inserted last</dt>
        <dd>${formatCount(run?.inserted ?? 0)}</dd>
      </div>
      <div>
        <dt>Updated</dt>
        <dd>${formatCount(run?.updated ?? 0)}</dd>
      </div>
      <div>
        <dt>Removed</dt>
        <dd>${formatCount(run?.removed ?? 0)}</dd>
      </div>
      <div>
        <dt>Took</dt>
        <dd>${took(run)}</dd>
      </div>
    </dl>`;
}

export function took(run: RunStatus | undefined): string {
  if (!run?.finished_at) return "–";
  return formatDuration(Math.max(0, Date.parse(run.finished_at) - Date.parse(run.started_at)));
}
