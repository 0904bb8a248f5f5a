import { readFileSync } from "node:fs";
import { join } from "node:path";

const COOKBOOK = join(import.meta.dirname, "../../deploy/bi/cookbook.sql");

export interface Question {
  /** With its number, such as "1. Can I trust the numbers now?". */
  readonly question: string;
  readonly lines: readonly string[];
  /** Without the semicolon. */
  readonly query: string;
}

/** The questions of deploy/bi/cookbook.sql, in their order. */
export function readCookbook(): Question[] {
  const [, ...entries] = readFileSync(COOKBOOK, "utf8").split(/^(?=-- \d+\. )/m);
  return entries.map((text) => {
    const [head = "", ...lines] = text.trim().split("\n");
    return { question: head.replace(/^-- /, ""), lines, query: lines.join("\n").replace(/;$/, "") };
  });
}
