import { styleText } from "node:util";

import stringWidth from "string-width";

import { formatAge, formatCount, formatDuration, runMs, sparkline } from "./format.ts";
import { errorsOf } from "./run-errors.ts";
import type { StatusReport } from "./status-report.ts";
import { formatTable } from "./table.ts";
import type { Align } from "./table.ts";
import type { AccountStatus, RunStatus } from "../mirror/status.ts";
import type { Level } from "./verdict.ts";

type Style = Parameters<typeof styleText>[0];

export interface TextStyle {
  readonly isColorful: boolean;
  /** Longer text is wrapped. */
  readonly columns: number;
}

export const MARKS: Readonly<Record<Level, readonly [mark: string, style: Style]>> = {
  good: ["●", "green"],
  warn: ["▲", "yellow"],
  bad: ["✗", "red"],
};

/** The report as a person reads it at a terminal: the verdict, the figures, the last runs. `now`: milliseconds since the epoch. */
export function statusText(report: StatusReport, now: number, { isColorful, columns }: TextStyle): string {
  const { verdict, source, status } = report;
  const paint: Paint = (style, text) =>
    isColorful ? styleText(style, text, { validateStream: false }) : text;
  const [mark, style] = MARKS[verdict.level];
  const reasons = [verdict.cause, verdict.hint].filter((text) => text !== null);
  const head = [
    `${paint(style, `${mark} ${verdict.headline}`)}  ${paint("bold", source)}`,
    ...reasons.map((text) => wrapped(text, columns, "")),
  ].join("\n");
  if (status === null) return `${head}\n`;
  const errors = errorsOf(status.runs).map((error) => {
    const title = `${error.runs.length === 1 ? "run" : "runs"} ${error.runs.join(", ")}`;
    // The verdict may have said what to do already.
    const hint = error.hint === verdict.hint ? null : error.hint;
    const text = [error.message, hint]
      .filter((line) => line !== null)
      .map((line) => wrapped(line, columns, "  "));
    return [paint("red", title), ...text].join("\n");
  });
  const runs = status.runs.length === 0 ? [] : [runTable(status.runs, now, paint)];
  return `${[head, figures(report, status, now, paint), ...runs, ...errors].join("\n\n")}\n`;
}

type Paint = (style: Style, text: string) => string;

function figures({ embedded }: StatusReport, status: AccountStatus, now: number, paint: Paint): string {
  const { last_success_at, last_full_pass_at, live_rows, remote_total, drift, cursor, lease } = status;
  const age = (time: number | null) => (time === null ? "never" : formatAge(now - time));
  const total = remote_total === null ? "nothing yet" : formatCount(remote_total);
  const rows = [
    ["last success", age(last_success_at)],
    ["last proven full pass", age(last_full_pass_at)],
    ["live datasets", formatCount(live_rows)],
    ["the API says", drift === null ? total : `${total} (drift ${formatCount(drift)})`],
    ["cursor", `offset ${formatCount(cursor.offset)}, behind ${cursor.anchor_id ?? "nothing"}`],
    ["lease", lease.holder === null ? "free" : `${lease.holder}${lease.busy ? ", running" : ""}`],
    ["database", embedded ? "embedded" : "DATABASE_URL"],
    ...sparklines(status.runs, now),
  ];
  const lines = formatTable(rows).split("\n");
  const width = Math.max(...rows.map(([name = ""]) => stringWidth(name)));
  return lines.map((line) => paint("dim", line.slice(0, width)) + line.slice(width)).join("\n");
}

function sparklines(runs: readonly RunStatus[], now: number): string[][] {
  if (runs.length === 0) return [];
  const oldestFirst = runs.toReversed();
  const changes = oldestFirst.map((run) => run.inserted + run.updated + run.removed);
  const durations = oldestFirst.map((run) => runMs(run, now));
  return [
    ["changes a run", `${sparkline(changes)}  up to ${formatCount(Math.max(...changes))}`],
    ["time a run", `${sparkline(durations)}  up to ${formatDuration(Math.max(...durations))}`],
  ];
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

function runTable(runs: readonly RunStatus[], now: number, paint: Paint): string {
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
function runRow(run: RunStatus, now: number): string[] {
  const age = run.started_at === null ? "?" : formatAge(now - run.started_at).replace(" ago", "");
  const counts = [run.count, run.inserted, run.updated, run.removed, run.throttled].map(formatCount);
  const kind = run.kind === "incremental" ? "incr" : run.kind;
  return [String(run.id), kind, run.status, age, formatDuration(runMs(run, now)), ...counts];
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
