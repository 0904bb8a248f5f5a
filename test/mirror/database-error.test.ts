import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";

import { inDatabase } from "../../src/mirror/database.ts";
import { describe } from "../../src/sync/run.ts";

test("a failed statement never shows its parameters, whether its cause has a code or is a bug without one", async () => {
  const causes = [
    Object.assign(new Error("deadlock detected"), { code: "40P01" }),
    new TypeError("not a string"),
  ];
  for (const cause of causes) {
    const thrown = new DrizzleQueryError("insert into t values ($1)", ["a-parameter"], cause);
    const error: unknown = await inDatabase("write a page", () => Promise.reject(thrown)).catch(
      (reason: unknown) => reason,
    );
    expect(describe(error)).toContain(`write a page: ${cause.message}`);
    expect(describe(error)).not.toContain("a-parameter");
    expect(String(error instanceof Error ? error.cause : error)).not.toContain("a-parameter");
  }
});
