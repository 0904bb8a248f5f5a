/** Something that was measured, one value a round. */
export interface Figure {
  readonly case: string;
  readonly name: string;
  readonly unit: string;
  readonly rounds: readonly number[];
  /** What must hold, and what would be better still. */
  readonly must?: Bound;
  readonly aim?: Bound;
}

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}

/** Rounds of the one side divided by those of the other, round by round. */
export function ratios(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, round) => value / (right[round] ?? NaN));
}

/** A table for the terminal, or one of Markdown: both read the same. */
export function tableOf(figures: readonly Figure[]): string {
  const head = ["case", "figure", "median", "of rounds", "must", "aim", ""];
  const rows = figures.map((figure) => {
    const { rounds, unit } = figure;
    const spread = rounds.length < 2 ? "" : `${shown(Math.min(...rounds))} - ${shown(Math.max(...rounds))}`;
    const middle = `${shown(median(rounds))} ${unit}`.trim();
    return [
      figure.case,
      figure.name,
      middle,
      spread,
      boundOf(figure.must),
      boundOf(figure.aim),
      verdictOf(figure),
    ];
  });
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function verdictOf({ rounds, must, aim }: Figure): string {
  const value = median(rounds);
  if (must !== undefined && !holds(value, must)) return "MISSED";
  if (aim !== undefined && holds(value, aim)) return "aim reached";
  return must === undefined ? "" : "holds";
}

function holds(value: number, bound: Bound): boolean {
  return "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost;
}

function boundOf(bound: Bound | undefined): string {
  if (bound === undefined) return "";
  return "atLeast" in bound ? `>= ${shown(bound.atLeast)}` : `<= ${shown(bound.atMost)}`;
}

function shown(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return String(Number(value.toPrecision(3)));
}
