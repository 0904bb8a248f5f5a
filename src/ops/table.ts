import { quotable } from "../core/text.ts";

export type Align = "left" | "right";

/** The widest cell, columns of a terminal; what is wider is cut. */
const CELL_MAX = 60;
const GAP = "  ";

/**
 * Rows of text in aligned columns, one line a row, without trailing blanks. A cell may come from outside: it is made
 * one printable line. Columns without an alignment are aligned left.
 */
export function formatTable(rows: readonly (readonly string[])[], aligns: readonly Align[] = []): string {
  const cells = rows.map((row) => row.map((cell) => cut(quotable(cell, "", CELL_MAX * 2), CELL_MAX)));
  const count = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...cells.map((row) => widthOf(row[column] ?? ""))),
  );
  const lineOf = (row: readonly string[]) =>
    widths.map((width, column) => padded(row[column] ?? "", width, aligns[column] ?? "left")).join(GAP);
  return cells.map((row) => lineOf(row).trimEnd()).join("\n");
}

/** Columns of a terminal that a text takes: two for East Asian wide characters and emoji, none for combining marks. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text))
    width += WIDE.test(segment) ? 2 : BLANK.test(segment) ? 0 : 1;
  return width;
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
const BLANK = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

function padded(text: string, width: number, align: Align): string {
  const blanks = " ".repeat(width - widthOf(text));
  return align === "right" ? blanks + text : text + blanks;
}

function cut(text: string, max: number): string {
  if (widthOf(text) <= max) return text;
  let head = "";
  let width = 1;
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += widthOf(segment);
    if (width > max) break;
    head += segment;
  }
  return `${head}…`;
}
