import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { readAlerts } from "../support/deploy.ts";
import { openMirror } from "../support/mirror.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SPEC.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "deploy/README.md",
];
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** Blocks of SQL, and between the blocks questions of one line that end with a semicolon. */
function sqlIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  const prose = text.replaceAll(/^```.*?^```$/gms, "");
  return [...blocks, ...(prose.match(/\bselect [^;\n]+;/g) ?? [])];
}

const questions = [
  ...["README.md", "deploy/README.md"].map((path) => ({ where: path, sql: sqlIn(read(path)) })),
  ...readAlerts().map(({ alert, annotations }) => ({ where: alert, sql: sqlIn(annotations.action) })),
].filter(({ sql }) => sql.length > 0);

test.each(questions)("the SQL of $where runs", async ({ sql }) => {
  await using mirror = await openMirror();
  // Roles belong to the whole server, so nothing stays.
  await mirror.sql(["begin", ...sql.map((each) => each.replace(/;\s*$/, "")), "rollback"].join(";\n"));
});

test("there is SQL in both documents and in the alerts", () => {
  expect(questions.length).toBeGreaterThan(5);
});

test.each(DOCUMENTS)("the links of %s lead to files that are there", (path) => {
  const links = [...read(path).matchAll(/\]\(([^)#]+?)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  const lost = links.filter(
    (target) => !/^https?:/.test(target) && !existsSync(join(ROOT, dirname(path), target)),
  );
  expect(lost).toEqual([]);
});
