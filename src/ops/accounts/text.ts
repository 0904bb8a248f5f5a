import { styleText } from "node:util";

import { formatAge, formatCount } from "../format.ts";
import type { StatusReport } from "../status-report.ts";
import { MARKS } from "../status-text.ts";
import { formatTable } from "../table.ts";
import type { Align } from "../table.ts";
import { lastErrorOf } from "./reports.ts";

const HEAD = ["", "account", "verdict", "last success", "live", "drift", "last error"];
const ALIGN: readonly Align[] = ["left", "left", "left", "left", "right", "right", "left"];

/** All accounts as a person reads them at a terminal: how many are fresh, then a line for each, as they are ordered. */
export function accountsText(reports: readonly StatusReport[], now: number, isColorful: boolean): string {
  const fresh = reports.filter(({ verdict }) => verdict.fresh).length;
  const rows = reports.map((report) => {
    const { verdict, source, status } = report;
    const success = status?.last_success_at ?? null;
    return [
      MARKS[verdict.level][0],
      source,
      verdict.headline,
      success === null ? "never" : formatAge(now - success),
      formatCount(status?.live_rows ?? 0),
      formatCount(status?.drift ?? 0),
      lastErrorOf(report) ?? "",
    ];
  });
  const [head = "", ...lines] = formatTable([HEAD, ...rows], ALIGN).split("\n");
  const painted = lines.map((line, index) => {
    const [mark, style] = MARKS[reports[index]?.verdict.level ?? "good"];
    return isColorful ? line.replace(mark, styleText(style, mark, { validateStream: false })) : line;
  });
  const summary = `${formatCount(fresh)} of ${formatCount(reports.length)} accounts are fresh`;
  return `${[summary, "", head, ...painted].join("\n")}\n`;
}
