import { expect, test } from "vitest";
import { tokenCheck } from "../../src/apify/access.ts";

test("only the account's own token is let in; that of another account is told from one nobody has", () => {
  const check = tokenCheck("own-token", ["other-token", "third-token"]);
  expect(check("own-token")).toBe("granted");
  expect(check("other-token")).toBe("denied");
  expect(check("third-token")).toBe("denied");
  for (const given of ["", "own-toke", "own-token ", "OWN-TOKEN", "own-token\0"]) {
    expect(check(given)).toBe("unknown");
  }
});

test("a token that two accounts share opens each of them", () => {
  expect(tokenCheck("shared", ["shared"])("shared")).toBe("granted");
});
