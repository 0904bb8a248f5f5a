import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** From the top layer to the bottom one; a file may import from its own layer and from those below it. */
const LAYERS = [
  "bin",
  "main",
  "commands",
  "daemon",
  "config",
  "ops",
  "api",
  "fleet",
  "sync",
  "mirror",
  "sandbox",
  "apify",
  "retry",
  "system",
  "version",
  "core",
];
const LINES_MAX = 250;

const files = globSync("src/**/*.ts", { cwd: ROOT }).map((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  const imports = [...text.matchAll(/(?:from|import) "(\.{1,2}\/[^"]+)"/g)].map(([, target = ""]) =>
    relative(ROOT, join(ROOT, dirname(path), target)),
  );
  return { path, text, imports };
});

function layerOf(path: string): number {
  return LAYERS.indexOf((path.split("/")[1] ?? "").replace(/\.ts$/, ""));
}

test("every file belongs to a layer", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.map(({ path }) => path).filter((path) => layerOf(path) === -1)).toEqual([]);
});

test("imports point downward", () => {
  const upward = files.flatMap(({ path, imports }) =>
    imports.filter((target) => layerOf(target) < layerOf(path)).map((target) => `${path} -> ${target}`),
  );
  expect(upward).toEqual([]);
});

test("the core is pure: it imports nothing but itself", () => {
  const foreign = files
    .filter(({ path }) => path.startsWith("src/core/"))
    .filter(({ text }) => /from "(?!\.\/)/.test(text))
    .map(({ path }) => path);
  expect(foreign).toEqual([]);
});

test("the process is touched in three files", () => {
  const touching = files.filter(({ text }) =>
    /\bprocess\.[a-z]/.test(text.replace(/\/\*\*?[\s\S]*?\*\/|\/\/.*/g, "")),
  );
  expect(touching.map(({ path }) => path).toSorted()).toEqual(["src/bin.ts", "src/config.ts", "src/main.ts"]);
});

test("files stay short", () => {
  const long = globSync("{src,test,bench}/**/*.ts", { cwd: ROOT }).filter(
    (path) => readFileSync(join(ROOT, path), "utf8").split("\n").length > LINES_MAX + 1,
  );
  expect(long).toEqual([]);
});

test("migrations stand in the order of their stamps, each with its file", () => {
  const journal: { entries: Array<{ idx: number; when: number; tag: string }> } = JSON.parse(
    readFileSync(join(ROOT, "migrations/meta/_journal.json"), "utf8"),
  );
  const stamps = journal.entries.map(({ when }) => when);
  expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
  expect(new Set(stamps).size).toBe(stamps.length);
  const onDisk = globSync("migrations/*.sql", { cwd: ROOT }).toSorted();
  expect(onDisk).toEqual(journal.entries.map(({ tag }) => `migrations/${tag}.sql`));
});
