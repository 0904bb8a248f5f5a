import { DrizzleQueryError } from "drizzle-orm";
import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { OperatorError } from "../../src/core/errors.ts";
import { createLogger } from "../../src/ops/log.ts";
import type { LogOptions, Logger } from "../../src/ops/log.ts";

const Line = z.record(z.string(), z.unknown());

/** What `work` makes the logger write. */
function written(work: (log: Logger) => void, options: Partial<LogOptions> = {}): string {
  const chunks: string[] = [];
  const stream = { write: (text: string) => chunks.push(text) };
  work(createLogger({ level: "trace", format: "json", secrets: [], colorize: false, stream, ...options }));
  return chunks.join("");
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => Line.parse(JSON.parse(line)));

/** As `pg` throws it: the row in `detail`, the statement's values in the fields. */
function driverError() {
  const error = new Error("duplicate key value violates unique constraint");
  return Object.assign(error, {
    code: "23505",
    detail: "Key (id)=(row-text)",
    where: "row-text",
    parameters: ["row-text"],
  });
}

function drizzleError() {
  return new DrizzleQueryError("insert into t values ($1)", ["row-text"], driverError());
}

describe("a JSON line", () => {
  test("holds the level's name, an ISO time, the fields and the message, and nothing of the machine", () => {
    const [line] = linesOf(written((log) => log.child({ run: 7 }).info({ pages: 2 }, "run succeeded")));
    expect(line).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      run: 7,
      pages: 2,
      msg: "run succeeded",
    });
  });

  test("below the level nothing is written", () => {
    expect(written((log) => log.info("x"), { level: "warn" })).toBe("");
  });

  test("holds no character that steers a terminal, and means the same", () => {
    const name = "a\u001b[2J\u009b31m\u202e\u2028b\u007f";
    const text = written((log) => log.info({ name }, "x"));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(linesOf(text)[0]).toMatchObject({ name });
  });

  test("a text of megabytes is cut", () => {
    expect(
      written((log) => log.error({ err: new Error("x".repeat(5e6)) }, "y".repeat(5e6))).length,
    ).toBeLessThan(20_000);
  });
});

describe("an error", () => {
  test("of an operator is told by message, hint, code and the messages of its causes, without a stack", () => {
    const cause = new Error("connect refused", { cause: "the port is closed" });
    const err = new OperatorError("the list cannot be read", { hint: "look at the network", cause });
    expect(linesOf(written((log) => log.error({ err }, "run failed")))[0]).toMatchObject({
      err: {
        type: "OperatorError",
        message: "the list cannot be read",
        hint: "look at the network",
        causes: ["connect refused", "the port is closed"],
      },
    });
    expect(written((log) => log.error({ err }))).not.toContain("stack");
  });

  test("that is a bug has its stack", () => {
    const [line] = linesOf(written((log) => log.error(new TypeError("x is not a function"))));
    expect(line).toMatchObject({
      msg: "x is not a function",
      err: { type: "TypeError", stack: expect.stringMatching(/^\s+at .*log\.test\.ts/) },
    });
  });

  const ways: readonly (readonly [string, (log: Logger, error: Error) => void])[] = [
    ["itself", (log, error) => log.error(error)],
    ["itself, with a message", (log, error) => log.error(error, "told")],
    ["err, without a message", (log, err) => log.error({ err })],
    ["err", (log, err) => log.error({ err }, "told")],
    ["another field", (log, failure) => log.error({ failure }, "told")],
    ["a nested field", (log, error) => log.error({ a: { b: [error] } }, "told")],
    ["a binding", (log, err) => log.child({ err }).error("told")],
    ["a cause", (log, cause) => log.error({ err: new Error("outer", { cause }) })],
    ["a cause of an operator's error", (log, cause) => log.error({ err: new OperatorError("o", { cause }) })],
    ["a wrapped message", (log, error) => log.error({ err: new Error(`page: ${error.message}`) })],
  ];
  test.each(ways)("of the driver or of Drizzle shows no row and no parameter, logged as %s", (_, way) => {
    for (const format of ["json", "pretty"] as const) {
      for (const error of [driverError(), drizzleError()]) {
        const text = written((log) => way(log, error), { format });
        expect(text).not.toBe("");
        expect(text).not.toContain("row-text");
      }
    }
  });

  test("may be anything: a string, an object, a circle, one for each address of a host", () => {
    const circle = new Error("round");
    circle.cause = circle;
    const addresses = new AggregateError([new Error("refused 1"), new Error("refused 2")]);
    const text = written((log) => {
      for (const err of ["text", { secret: "row-text" }, null, circle, addresses]) {
        log.error({ err: new Error("outer", { cause: err }) }, "x");
      }
    });
    expect(linesOf(text)).toHaveLength(5);
    expect(text).toContain("refused 1; refused 2");
    expect(text).not.toContain("row-text");
  });
});

const pretty = (work: (log: Logger) => void) => written(work, { format: "pretty" });

describe("a pretty line", () => {
  test("reads time, level, message, fields; what explains an error stands indented below", () => {
    const err = new OperatorError("no such host", {
      hint: "look at the name",
      cause: new Error("ENOTFOUND"),
    });
    const figures = { run: 3, pages: 0, complete: true, name: "a b", error: null, deep: { one: 1 } };
    const text = pretty((log) => log.error({ ...figures, err }, "run failed"));
    expect(text.replace(/\d\d:\d\d:\d\d/, "T")).toBe(
      '[T] ERROR: run failed run=3 complete name="a b" deep={"one":1}\n    OperatorError: no such host\n    hint: look at the name\n    cause: ENOTFOUND\n',
    );
  });

  test("no text from outside steers the terminal or passes for a line", () => {
    const evil = "x\u001b]0;title\u0007\r\n[00:00:00] INFO: forged\u202e\u009b2J";
    const err = new OperatorError(evil, { hint: evil, cause: new Error(evil) });
    const text = pretty((log) => log.warn({ name: evil, [`k\u001b`]: 1, deep: { [evil]: evil }, err }, evil));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(text.split("\n").filter((line) => /^\S/.test(line))).toHaveLength(1);
  });
});

describe("secrets", () => {
  const secret = fc.string({ unit: "grapheme", minLength: 8, maxLength: 30 }).map((text) => `~${text}~`);

  test.each(["json", "pretty"] as const)(
    "never stand in a %s line, in no spelling and not by half",
    (format) => {
      fc.assert(
        fc.property(secret, fc.nat(4100), (hidden, length) => {
          const encoded = encodeURIComponent(hidden.toWellFormed());
          const text = `${"x".repeat(length)}${hidden} ${encoded}`;
          const cause = new Error(`https://h/?token=${encoded}`);
          const out = written(
            (log) => {
              log.info({ text, deep: [{ [hidden]: hidden }] }, text);
              log.error({ err: new OperatorError(text, { hint: text, cause }) });
              log.child({ text }).error(new Error(text));
            },
            { format, secrets: [hidden] },
          );
          const half = hidden.slice(0, 6);
          for (const spelling of [hidden, encoded, JSON.stringify(hidden).slice(1, -1), half]) {
            expect(out).not.toContain(spelling);
          }
          if (format === "json") linesOf(out);
        }),
        { numRuns: 60 },
      );
    },
  );

  test("a line stays JSON, and its figures true, when the secret is a word or a number of the log itself", () => {
    const out = written((log) => log.info({ count: 123_456, port: 1234 }, "level 1234"), {
      secrets: ["1234", "level"],
    });
    expect(linesOf(out)[0]).toMatchObject({ level: "info", count: 123_456, port: "***", msg: "*** ***" });
  });
});

test.each(["json", "pretty"])("a process that dies at once has written its last %s line", (format) => {
  const script = `
    const { createLogger } = await import(${JSON.stringify(new URL("../../src/ops/log.ts", import.meta.url))});
    const log = createLogger({ level: "info", format: "${format}", secrets: [], stream: process.stderr, colorize: false });
    for (let line = 1; line <= 5000; line++) log.info("line " + line + " of the last words");
    process.kill(process.pid, "SIGKILL");`;
  const { stderr, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect(signal).toBe("SIGKILL");
  expect(stderr.match(/of the last words/g)).toHaveLength(5000);
  expect(stderr).toContain("line 5000 of the last words");
});
