import { quotable } from "../../core/text.ts";
import type { TopDataset } from "../../mirror/insight/top-datasets.ts";
import type { RunStatus } from "../../mirror/status.ts";
import { failuresOf } from "../failures.ts";
import { formatCount } from "../format.ts";
import type { Level } from "../verdict.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { Attempt, PageData } from "./page-data.ts";
import { age, foreignName, icon, problem } from "./components.ts";
import { signed } from "./section-history.ts";
import { took } from "./section-trust.ts";

export function largestSection({ largest, now }: PageData): Html {
  return html`<h2 id="largest-h">Largest datasets</h2>
    ${topTable(largest, "Items", (dataset) => formatCount(dataset.items), "No dataset holds items yet.", now)}`;
}

export function fastestSection({ fastest, now }: PageData): Html {
  return html`<h2 id="fastest-h">Fastest growing, last 24 h</h2>
    ${topTable(fastest, "Items gained", (dataset) => signed(dataset.growth ?? 0), "No dataset has grown.", now)}`;
}

function topTable(
  datasets: Attempt<readonly TopDataset[]>,
  measure: string,
  read: (dataset: TopDataset) => string,
  none: string,
  now: number,
): Html {
  if ("problem" in datasets) return problem(datasets.problem);
  if (datasets.value.length === 0) return html`<p class="empty">${none}</p>`;
  return html`<table class="top">
    <thead>
      <tr>
        <th scope="col">Dataset</th>
        <th scope="col" class="wide">Created</th>
        <th scope="col" class="num">${measure}</th>
      </tr>
    </thead>
    <tbody>
      ${datasets.value.map(
        (dataset) =>
          html`<tr>
            <th scope="row">${foreignName(dataset.name)}<code>${quotable(dataset.id, "", 40)}</code></th>
            <td class="wide">${age(dataset.createdAt, now)}</td>
            <td class="num">${read(dataset)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const LEVELS: Readonly<Record<string, Level>> = {
  succeeded: "good",
  interrupted: "warn",
  suspicious: "warn",
  abandoned: "warn",
};
const ERROR_MAX = 1000;

export function runsSection({ seen, now }: PageData): Html {
  return html`<h2 id="runs-h">Last runs</h2>
    ${seen.known ? runsTold(seen.report.runs, now) : problem("not known while the mirror cannot be read")}`;
}

function runsTold(runs: readonly RunStatus[], now: number): Html {
  if (runs.length === 0) return html`<p class="empty">No run yet.</p>`;
  return html`${runsTable(runs, now)} ${errorList(runs)}`;
}

/** Why runs failed and what can be done: each reason once, below the table, whose rows thereby stay where they are. */
function errorList(runs: readonly RunStatus[]): Html | null {
  const failures = failuresOf(runs);
  if (failures.length === 0) return null;
  return html`<ul class="errors" aria-label="Errors of these runs">
    ${failures.map(
      ({ runs: ids, error }) =>
        html`<li>
          <b>${ids.length === 1 ? "Run" : "Runs"} ${ids.join(", ")}</b> ${quotable(error, "", ERROR_MAX)}
        </li>`,
    )}
  </ul>`;
}

function runsTable(runs: readonly RunStatus[], now: number): Html {
  return html`<table class="runs">
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Started</th>
        <th scope="col">Result</th>
        <th scope="col" class="num wide">Read</th>
        <th scope="col" class="num wide">Changed</th>
        <th scope="col" class="num wide">429</th>
        <th scope="col" class="num">Took</th>
      </tr>
    </thead>
    <tbody>
      ${runs.map((run) => runRow(run, now))}
    </tbody>
  </table>`;
}

function runRow(run: RunStatus, now: number): Html {
  const { id, kind, status, started_at: startedAt, count, inserted, updated, removed, throttled } = run;
  return html`<tr>
    <th scope="row">${id} <span class="kind">${kind}</span></th>
    <td>${age(startedAt, now)}</td>
    <td>${result(status)}</td>
    <td class="num wide">${formatCount(count)}</td>
    <td
      class="num wide"
      title="${formatCount(inserted)} inserted, ${formatCount(updated)} updated, ${formatCount(removed)} removed"
    >
      ${formatCount(inserted + updated + removed)}
    </td>
    <td class="num wide">${formatCount(throttled)}</td>
    <td class="num">${took(run)}</td>
  </tr>`;
}

function result(status: string): Html {
  const mark =
    status === "running"
      ? html`<span class="dot on" aria-hidden="true"></span>`
      : icon(LEVELS[status] ?? "bad");
  return html`<span class="mark">${mark} ${status}</span>`;
}
