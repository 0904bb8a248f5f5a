import { styleText } from "node:util";

import { formatAge, formatCount, formatDuration, sparkline } from "./format.ts";
import type { StatusReport } from "./status-report.ts";
import { formatTable } from "./table.ts";

type Style = Parameters<typeof styleText>[0];
type Run = StatusReport["runs"][number];

/** The report as a person reads it at a terminal: the verdict, the figures, the last runs. `now`: milliseconds since the epoch. */
export function statusText(report: StatusReport, now: number, color: boolean): string {
  const paint = (style: Style, text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const verdict = report.fresh ? paint("green", "● fresh") : paint("red", "✗ stale");
  const head = `${verdict}  ${report.source}${report.reason === null ? "" : `: ${report.reason}`}`;
  const figures = formatTable(figuresOf(report, now).map(([name, value]) => [name, value]));
  if (report.runs.length === 0) return `${head}\n\n${figures}\n`;
  const counts = report.runs.toReversed().map((run) => run.inserted + run.updated + run.removed);
  const rows = report.runs.map((run) => runRow(run, now));
  const table = formatTable([RUN_HEAD, ...rows], RUN_ALIGN);
  const lines = table.split("\n").map((line, index) => paintRow(line, report.runs[index - 1], paint));
  return `${head}\n\n${figures}\n\nchanges a run  ${sparkline(counts)}\n\n${lines.join("\n")}\n`;
}

function figuresOf(report: StatusReport, now: number): ReadonlyArray<readonly [string, string]> {
  const { lastSuccessAt, lastFullPassAt, liveRows, remoteTotal, drift, cursor, lease } = report;
  const age = (time: string | null) => (time === null ? "never" : formatAge(now - Date.parse(time)));
  return [
    ["last success", age(lastSuccessAt)],
    ["last proven full pass", age(lastFullPassAt)],
    ["live datasets", formatCount(liveRows)],
    [
      "the API says",
      remoteTotal === null ? "nothing yet" : `${formatCount(remoteTotal)} (drift ${formatCount(drift ?? 0)})`,
    ],
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
  ];
}

const RUN_HEAD = ["run", "kind", "status", "began", "took", "read", "new", "changed", "gone", "429", ""];
const RUN_ALIGN = [
  "right",
  "left",
  "left",
  "left",
  "right",
  "right",
  "right",
  "right",
  "right",
  "right",
  "left",
] as const;

function runRow(run: Run, now: number): string[] {
  const startedAt = Date.parse(run.started_at);
  const took = (run.finished_at === null ? now : Date.parse(run.finished_at)) - startedAt;
  const counts = [run.count, run.inserted, run.updated, run.removed, run.throttled].map(formatCount);
  return [
    String(run.id),
    run.kind,
    run.status,
    formatAge(now - startedAt),
    formatDuration(took),
    ...counts,
    run.error ?? "",
  ];
}

function paintRow(line: string, run: Run | undefined, paint: (style: Style, text: string) => string): string {
  if (run === undefined) return paint("dim", line);
  return run.status === "failed" || run.status === "suspicious" ? paint("red", line) : line;
}
