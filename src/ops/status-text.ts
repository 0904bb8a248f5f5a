import { styleText } from "node:util";

import stringWidth from "string-width";

import { quotable } from "../core/text.ts";
import { failuresOf } from "./failures.ts";
import { formatAge, formatCount, formatDuration, sparkline } from "./format.ts";
import type { StatusReport } from "./status-report.ts";
import { formatTable } from "./table.ts";
import type { Align } from "./table.ts";

type Style = Parameters<typeof styleText>[0];
type Run = StatusReport["runs"][number];

export interface TextStyle {
  readonly isColorful: boolean;
  /** Longer text is wrapped. */
  readonly columns: number;
}

const ERROR_MAX = 1000;

/** The report as a person reads it at a terminal: the verdict, the figures, the last runs. `now`: milliseconds since the epoch. */
export function statusText(report: StatusReport, now: number, { isColorful, columns }: TextStyle): string {
  const { fresh, reason, runs } = report;
  const paint: Paint = (style, text) =>
    isColorful ? styleText(style, text, { validateStream: false }) : text;
  const verdict = fresh ? paint("green", "● fresh") : paint("red", "✗ stale");
  const why = reason === null ? [] : [wrapped(quotable(reason, "", ERROR_MAX), columns, "")];
  const head = [`${verdict}  ${paint("bold", report.source)}`, ...why].join("\n");
  const failures = failuresOf(runs).map(({ runs: ids, error }) => {
    const title = `${ids.length === 1 ? "run" : "runs"} ${ids.join(", ")}`;
    return `${paint("red", title)}\n${wrapped(quotable(error, "", ERROR_MAX), columns, "  ")}`;
  });
  const parts = [
    head,
    figures(report, now, paint),
    ...(runs.length === 0 ? [] : [runTable(runs, now, paint)]),
  ];
  return `${[...parts, ...failures].join("\n\n")}\n`;
}

type Paint = (style: Style, text: string) => string;

function figures(report: StatusReport, now: number, paint: Paint): string {
  const { lastSuccessAt, lastFullPassAt, liveRows, remoteTotal, drift, cursor, lease, runs } = report;
  const age = (time: string | null) => (time === null ? "never" : formatAge(now - Date.parse(time)));
  const oldestFirst = runs.toReversed();
  const changes = oldestFirst.map((run) => run.inserted + run.updated + run.removed);
  const took = oldestFirst.map((run) => tookMs(run, now));
  const total = remoteTotal === null ? "nothing yet" : formatCount(remoteTotal);
  const rows = [
    ["last success", age(lastSuccessAt)],
    ["last proven full pass", age(lastFullPassAt)],
    ["live datasets", formatCount(liveRows)],
    ["the API says", drift === null ? total : `${total} (drift ${formatCount(drift)})`],
    [
      "cursor",
      cursor === null
        ? "none"
        : `offset ${formatCount(cursor.offset)}, behind ${cursor.anchorId ?? "nothing"}`,
    ],
    [
      "lease",
      lease === null || lease.holder === null ? "free" : `${lease.holder}${lease.busy ? ", running" : ""}`,
    ],
    ["database", report.embedded ? "embedded" : "DATABASE_URL"],
    ...(runs.length === 0
      ? []
      : [
          ["changes a run", `${sparkline(changes)}  up to ${formatCount(Math.max(...changes))}`],
          ["time a run", `${sparkline(took)}  up to ${formatDuration(Math.max(...took))}`],
        ]),
  ];
  const lines = formatTable(rows).split("\n");
  const width = Math.max(...rows.map(([name = ""]) => stringWidth(name)));
  return lines.map((line) => paint("dim", line.slice(0, width)) + line.slice(width)).join("\n");
}

const RUN_HEAD = ["run", "kind", "status", "ago", "took", "read", "new", "changed", "gone", "429"];
const RUN_ALIGN = RUN_HEAD.map((name): Align => (name === "kind" || name === "status" ? "left" : "right"));
const STYLES: Readonly<Record<string, Style>> = {
  failed: "red",
  suspicious: "yellow",
  abandoned: "yellow",
  interrupted: "yellow",
  running: "cyan",
};

function runTable(runs: readonly Run[], now: number, paint: Paint): string {
  const [head = "", ...lines] = formatTable(
    [RUN_HEAD, ...runs.map((run) => runRow(run, now))],
    RUN_ALIGN,
  ).split("\n");
  const painted = lines.map((line, index) => {
    const { status } = runs[index] ?? { status: "" };
    const style = STYLES[status];
    return style === undefined ? line : line.replace(status, paint(style, status));
  });
  return [paint("dim", head), ...painted].join("\n");
}

/** Short enough for 80 columns, millions of rows but for a first pass. */
function runRow(run: Run, now: number): string[] {
  const age = formatAge(now - Date.parse(run.started_at)).replace(" ago", "");
  const counts = [run.count, run.inserted, run.updated, run.removed, run.throttled].map(formatCount);
  const kind = run.kind === "incremental" ? "incr" : run.kind;
  return [String(run.id), kind, run.status, age, formatDuration(tookMs(run, now)), ...counts];
}

function tookMs(run: Run, now: number): number {
  const end = run.finished_at === null ? now : Date.parse(run.finished_at);
  return Math.max(0, end - Date.parse(run.started_at));
}

/** At most `columns` wide unless a word alone is wider. */
function wrapped(text: string, columns: number, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && stringWidth(indent + longer) > columns) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line].join("\n");
}
