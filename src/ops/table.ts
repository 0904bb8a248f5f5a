import stringWidth from "string-width";

import { quotable } from "../core/text.ts";

export type Align = "left" | "right";

/** The widest cell, in terminal columns; a wider one is cut. */
const CELL_MAX = 60;
const GAP = "  ";

/**
 * Rows of text in aligned columns, one line a row, without trailing blanks. A cell may come from outside, so it is
 * reduced to one printable line. A column without an alignment is left-aligned.
 */
export function formatTable(rows: readonly (readonly string[])[], aligns: readonly Align[] = []): string {
  const cells = rows.map((row) => row.map((cell) => cut(quotable(cell, "", CELL_MAX * 2), CELL_MAX)));
  const count = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...cells.map((row) => stringWidth(row[column] ?? ""))),
  );
  const lineOf = (row: readonly string[]) =>
    widths.map((width, column) => padded(row[column] ?? "", width, aligns[column] ?? "left")).join(GAP);
  return cells.map((row) => lineOf(row).trimEnd()).join("\n");
}

function padded(text: string, width: number, align: Align): string {
  const blanks = " ".repeat(width - stringWidth(text));
  return align === "right" ? blanks + text : text + blanks;
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

function cut(text: string, max: number): string {
  if (stringWidth(text) <= max) return text;
  let head = "";
  let width = 1;
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += stringWidth(segment);
    if (width > max) break;
    head += segment;
  }
  return `${head}…`;
}
