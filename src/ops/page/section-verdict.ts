import type { AccountStatus } from "../../mirror/status.ts";
import { formatCount } from "../format.ts";
import { concernsOf } from "../verdict.ts";
import type { Concern, Level } from "../verdict.ts";
import { age, icon, term } from "./components.ts";
import { html } from "./html.ts";
import type { Html, Value } from "./html.ts";
import type { PageData } from "./page-data.ts";

/** At a glance: can the mirror be trusted now, and if not, why, and what is there to do? */
export function verdictSection(data: PageData): Html {
  const { level, headline, cause, hint } = data.verdict;
  return html`<div class="verdict ${level}">
      ${icon(level)}
      <div class="words">
        <div role="status" aria-live="polite"><h1>${headline}</h1></div>
        ${cause === null ? null : html`<p>${cause}</p>`}
        ${hint === null ? null : html`<p class="hint">${hint}</p>`}
      </div>
    </div>
    <ul class="checks">
      ${checks(data)}
    </ul>`;
}

/** What the verdict rests on: each promise of the mirror with its figures. */
function checks({ report, options, now }: PageData): Html[] {
  const status = report?.status ?? null;
  if (status === null) {
    return ["Fresh?", "Complete?", "In step?"].map((title) => check("warn", title, "not known"));
  }
  const concerns = concernsOf(status, options, now);
  const levelOf = (topic: Concern["topic"]) =>
    concerns.find((concern) => concern.topic === topic)?.level ?? "good";
  // During the first pass nothing is wrong; it is not known yet.
  const isFirst = concerns.some(({ state }) => state === "first_pass");
  const promise = (topic: Concern["topic"], kept: string, broken: string, text: Value) => {
    const level = levelOf(topic);
    return check(level, level === "good" ? kept : isFirst ? `${kept}?` : broken, text);
  };
  return [
    promise("freshness", "Fresh", "Not fresh", success(status, now)),
    promise("completeness", "Complete", "In doubt", proof(status, now)),
    promise("step", "In step", "Out of step", counts(status)),
  ];
}

function check(level: Level, title: string, text: Value): Html {
  return html`<li>
    ${icon(level)}
    <div><strong>${title}</strong> <span>${text}</span></div>
  </li>`;
}

function success({ last_success_at: at }: AccountStatus, now: number): Html {
  return at === null ? html`no run has succeeded yet` : html`last success ${age(at, now)}`;
}

function proof({ last_full_pass_at: at, rejected, missing_rows: missing }: AccountStatus, now: number): Html {
  const proven = at === null ? html`not proven yet` : html`proven ${age(at, now)}`;
  const left = rejected.full ?? 0;
  return html`${proven}${left > 0 ? html`; ${formatCount(left)} left out` : null}
  ${missing > 0 ? html`; ${term("missing", `${formatCount(missing)} missing`)}, waiting for their second proof` : null}`;
}

function counts({ drift, remote_total: total, live_rows: live }: AccountStatus): string {
  if (total === null) return "Apify has not told its total yet";
  return drift === 0
    ? `${formatCount(live)} here and at Apify`
    : `${formatCount(live)} here, ${formatCount(total)} at Apify`;
}
