import { quotable } from "../../core/text.ts";
import type { RunStatus } from "../../mirror/status.ts";
import { formatCount, formatDuration, formatRate, formatShare } from "../format.ts";
import { trustOf } from "../verdict.ts";
import type { Check } from "../verdict.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PageData } from "./page-data.ts";
import { age, icon } from "./components.ts";

const DETAIL_MAX = 400;

/** A pass that is younger does not know yet how long it will take, milliseconds. */
const SETTLED_MS = 2000;

/** At a glance: can the mirror be trusted now? */
export function trustSection({ seen, watch, now }: PageData): Html {
  const { level, headline, detail, checks } = trustOf(seen, watch.unprovenMs, now);
  return html`<div class="trust ${level}">
      ${icon(level)}
      <div class="words">
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
  if (!seen.known)
    return html`<h2 id="now-h">Now</h2>
      ${unknownNow()}`;
  const { lease, runs } = seen.report;
  const run = runs[0];
  const isRunning = run?.status === "running";
  const isElsewhere = lease !== null && lease.holder !== null && lease.holder !== watch.holder;
  const where = isElsewhere ? html` <span class="tag">in another process</span>` : null;
  return html`<h2 id="now-h">Now</h2>
    ${isRunning && run ? runningNow(run, where, now) : idleNow(run, where, now)}`;
}

function runningNow(run: RunStatus, where: Html | null, now: number): Html {
  const { kind, count, pages, throttled } = run;
  const elapsed = Math.max(0, now - Date.parse(run.started_at));
  const { done, whole } = progressOf(run);
  const share = whole === 0 ? 0 : Math.min(1, done / whole);
  const left = done > 0 && share < 1 ? ((whole - done) / done) * elapsed : null;
  return html`<p class="line">
      <span class="dot on" aria-hidden="true"></span
      ><strong>${kind === "full" ? "Full pass" : "Incremental pass"}</strong> runs for
      ${formatDuration(elapsed)}${where}
    </p>
    <progress max="1" value="${share.toFixed(4)}" aria-label="Progress of the pass">
      ${formatShare(share)}
    </progress>
    ${facts([
      ["List read", formatShare(share)],
      ["Time left", left === null || elapsed < SETTLED_MS ? "–" : formatDuration(left)],
      ["Pages", formatCount(pages)],
      ["Rows", formatCount(count)],
      ["Rows a second", formatRate(count, elapsed)],
      ["429 answers", formatCount(throttled)],
    ])}`;
}

/** How far a pass has read of what it has to read, in rows. */
function progressOf({ total, offset_from: from, offset_to: to }: RunStatus): { done: number; whole: number } {
  if (total === null || from === null || to === null) return { done: 0, whole: 0 };
  return { done: Math.max(0, to - from), whole: Math.max(0, total - from) };
}

function unknownNow(): Html {
  const names = ["Inserted", "Updated", "Removed", "Rows read", "Took", "429 answers"];
  return html`<p class="line"><span class="dot" aria-hidden="true"></span><strong>Not known</strong></p>
    <progress max="1" value="0" aria-label="Nothing is known of a pass"></progress>
    ${facts(names.map((name) => [name, "–"]))}`;
}

function idleNow(run: RunStatus | undefined, where: Html | null, now: number): Html {
  const last =
    run === undefined
      ? html`no run yet`
      : html`last run ${run.status} ${age(run.finished_at ?? run.started_at, now)}`;
  return html`<p class="line">
      <span class="dot" aria-hidden="true"></span><strong>Idle</strong>, ${last}${where}
    </p>
    <progress max="1" value="0" aria-label="No pass runs"></progress>
    ${facts([
      ["Inserted", formatCount(run?.inserted ?? 0)],
      ["Updated", formatCount(run?.updated ?? 0)],
      ["Removed", formatCount(run?.removed ?? 0)],
      ["Rows read", formatCount(run?.count ?? 0)],
      ["Took", took(run)],
      ["429 answers", formatCount(run?.throttled ?? 0)],
    ])}`;
}

function facts(all: ReadonlyArray<readonly [name: string, value: string]>): Html {
  return html`<dl class="facts">
    ${all.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

export function took(run: RunStatus | undefined): string {
  if (!run?.finished_at) return "–";
  return formatDuration(Math.max(0, Date.parse(run.finished_at) - Date.parse(run.started_at)));
}
