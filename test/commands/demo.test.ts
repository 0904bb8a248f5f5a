import { existsSync } from "node:fs";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";

import { repeatOnEnter } from "../../src/commands/demo.ts";
import { runProgram, startProgram } from "../support/process.ts";

test("demo --once shows a mirror that equals the account after every change", async () => {
  const { code, stdout } = await runProgram(["demo", "--once"], {});
  expect(code).toBe(0);
  expect(stdout).toContain("would get\n   0 of the 300 new ones");
  expect(stdout).toMatch(/incremental run 2 succeeded .*inserted 300, .*missing 425/);
  expect(stdout).toMatch(/full run 3 succeeded .*removed 425/);
  expect(stdout).toContain("4875 datasets in the account, and the same ones in the mirror");
});

test("demo says where to look, ignores DATA_DIR, is quiet on request, and leaves nothing behind", async () => {
  const demo = startProgram(["demo", "--quiet"], { DATA_DIR: "/nowhere", LOG_FORMAT: "json" });
  await demo.printed(/deleted at the end/);
  const shown = demo.output();
  expect(shown).toMatch(/page {2}http:\/\/127\.0\.0\.1:\d+\/\n/);
  expect(shown).toContain("DATA_DIR is ignored");
  const passfile = /password: the last field of (.*)\n/.exec(shown)?.[1] ?? "";
  expect(existsSync(passfile)).toBe(true);
  demo.kill("SIGTERM");
  const { code, stderr } = await demo.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(existsSync(passfile)).toBe(false);
});

test("on a terminal, Enter shows again what has scrolled away", async () => {
  const [stdin, stdout] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
  using _keyboard = repeatOnEnter("page and psql\n", { stdin, stdout });
  stdin.write("\n\n");
  await expect.poll(() => String(stdout.read() ?? "")).toBe("page and psql\npage and psql\n");
});
