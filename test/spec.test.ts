/** SPEC.md promises tests, and the sandbox faults to be survived: are they there? */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { FAULT_NAMES } from "../src/sandbox/fault-names.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const INVARIANTS = read("SPEC.md")
  .split("\n")
  .filter((line) => /^\| I\d+ \|/.test(line));

test("invariants are numbered without a gap, and each names the tests that enforce it", () => {
  expect(INVARIANTS.map((line) => /^\| I(\d+) /.exec(line)?.[1])).toEqual(
    INVARIANTS.map((_, index) => String(index + 1)),
  );
  expect(INVARIANTS.filter((line) => !/\| `test\/[^|]*\.test\.ts` \|$/.test(line))).toEqual([]);
});

test("every test that SPEC.md names is there", () => {
  const named = [...read("SPEC.md").matchAll(/`(test\/[^`]*)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(INVARIANTS.length);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("every fault of the sandbox is met by a test of the faults", () => {
  const tests = globSync("test/faults/*.test.ts", { cwd: ROOT }).map(read).join("\n");
  expect(FAULT_NAMES.filter((name) => !tests.includes(`"${name}"`))).toEqual([]);
});
