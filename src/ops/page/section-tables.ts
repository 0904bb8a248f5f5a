import { quotable } from "../../core/text.ts";
import type { TopDataset } from "../../mirror/insight/top-datasets.ts";
import type { RunStatus } from "../../mirror/status.ts";
import { formatBytes, formatCount, formatDuration, runMs } from "../format.ts";
import { errorsOf } from "../run-errors.ts";
import type { Level, Verdict } from "../verdict.ts";
import { age, foreignName, icon, outside, problem, table, term } from "./components.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { Attempt, PageData } from "./page-data.ts";
import { signed } from "./section-history.ts";

const CONSOLE = "https://console.apify.com";
const ID_MAX = 40;

export function largestSection(data: PageData): Html {
  return html`<h2 id="largest-h">Largest datasets</h2>
    ${topTable(data, data.largest, "Items", ({ items }) => formatCount(items), "No dataset holds items yet.")}`;
}

export function fastestSection(data: PageData): Html {
  return html`<h2 id="fastest-h">Fastest growing, last 24 h</h2>
    ${topTable(data, data.fastest, "Gained", ({ growth }) => signed(growth ?? 0), "No dataset older than a day has grown.")}`;
}

function topTable(
  { report, now }: PageData,
  datasets: Attempt<readonly TopDataset[]>,
  measure: string,
  read: (dataset: TopDataset) => string,
  none: string,
): Html {
  if ("problem" in datasets) return problem(datasets.problem);
  if (datasets.value.length === 0) return html`<p class="soft">${none}</p>`;
  const link = report?.status?.base_url === "https://api.apify.com/" ? outside : inPlace;
  return table(
    "top",
    [["Dataset"], ["Created", "wide"], ["Size", "num wide"], [measure, "num"]],
    datasets.value.map((dataset) => [
      describedDataset(dataset, link),
      age(dataset.created_at, now),
      dataset.bytes === null ? "–" : formatBytes(dataset.bytes),
      read(dataset),
    ]),
  );
}

function describedDataset({ id, name, actor }: TopDataset, link: typeof outside): Html {
  const dataset = link(`${CONSOLE}/storage/datasets/${encodeURIComponent(id)}`, quotable(id, "", ID_MAX));
  const by =
    actor === null
      ? null
      : html`<code
          >by ${link(`${CONSOLE}/actors/${encodeURIComponent(actor)}`, quotable(actor, "", ID_MAX))}</code
        >`;
  return html`${foreignName(name)}<code>${dataset}</code>${by}`;
}

/** Apify's console knows nothing of another server's datasets. */
function inPlace(_url: string, text: string): Html {
  return html`${text}`;
}

export function runsSection({ report, verdict, now }: PageData): Html {
  const status = report?.status ?? null;
  const runs = status?.runs ?? [];
  return html`<h2 id="runs-h">Last runs</h2>
    ${runs.length === 0 ? html`<p class="soft">No run yet.</p>` : runsTable(runs, now)}
    ${errorList(runs, verdict)}`;
}

const LEVELS: Readonly<Record<RunStatus["status"], Level | null>> = {
  running: null,
  succeeded: "good",
  interrupted: "warn",
  suspicious: "warn",
  abandoned: "warn",
  failed: "bad",
};

function runsTable(runs: readonly RunStatus[], now: number): Html {
  const columns = [
    ...([["Run"], ["Started"], ["Result"], ["Read", "num wide"], ["Changed", "num wide"]] as const),
    ...([
      [term("429"), "num wide"],
      ["Took", "num"],
    ] as const),
  ];
  return table(
    "runs",
    columns,
    runs.map((run) => {
      const { id, kind, status, inserted, updated, removed } = run;
      const changes = `${formatCount(inserted)} inserted, ${formatCount(updated)} updated, ${formatCount(removed)} removed`;
      const level = LEVELS[status];
      const mark = level === null ? html`<span class="dot on" aria-hidden="true"></span>` : icon(level);
      return [
        html`${id} <span class="kind soft">${term(kind)}</span>`,
        age(run.started_at, now),
        html`<span class="mark">${mark} ${term(status)}</span>`,
        formatCount(run.count),
        html`<span title="${changes}">${formatCount(inserted + updated + removed)}</span>`,
        formatCount(run.throttled),
        run.finished_at === null ? "–" : formatDuration(runMs(run, now)),
      ];
    }),
  );
}

/** Why runs failed, each reason once and below the table, whose rows thereby stay where they are. */
function errorList(runs: readonly RunStatus[], verdict: Verdict): Html | null {
  const errors = errorsOf(runs);
  if (errors.length === 0) return null;
  return html`<ul class="errors" aria-label="Errors of these runs">
    ${errors.map(
      ({ runs: ids, message, hint }) =>
        html`<li>
          <b>${ids.length === 1 ? "Run" : "Runs"} ${ids.join(", ")}</b> ${message}
          ${hint === null || hint === verdict.hint ? null : html`<span class="hint">${hint}</span>`}
        </li>`,
    )}
  </ul>`;
}
