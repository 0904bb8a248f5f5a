import { expect, test } from "vitest";
import { OperatorError } from "../../src/core/errors.ts";
import { LivingAccount } from "../../src/sandbox/account.ts";
import { CHURN_NAMES, parseChurn } from "../../src/sandbox/churn.ts";
import { StillClock } from "../support/still-clock.ts";

function living(churn: string, datasets = 100) {
  const clock = new StillClock();
  return { clock, account: new LivingAccount({ clock, datasets, churn, named: 0 }) };
}

test("a rate a second follows the clock, a rate a request the calls", () => {
  const { account, clock } = living("create=2/s,create=3/r");
  account.advance();
  expect(account.size).toBe(103);
  clock.pass(10_000);
  account.advance();
  expect(account.size).toBe(126);
});

test("fractions add up", () => {
  const { account, clock } = living("delete=0.1/s");
  for (let second = 0; second < 100; second++) {
    clock.pass(1000);
    account.advance();
  }
  expect(account.size).toBe(90);
});

test("what came since the last request is spread over that time", () => {
  const { account, clock } = living("create=1/s", 0);
  const start = clock.now();
  clock.pass(5000);
  account.advance();
  const times = account.snapshot().map(({ createdAt }) => Date.parse(createdAt) - start);
  expect(times).toEqual([1000, 2000, 3000, 4000, 5000]);
});

test("expiry takes the head, and creation keeps the length", () => {
  const { account, clock } = living("create=2/s,expire=2/s");
  const before = account.snapshot();
  clock.pass(10_000);
  account.advance();
  expect(account.size).toBe(100);
  expect(account.snapshot().slice(0, 80)).toEqual(before.slice(20));
});

test("the same seed and clock give the same life", () => {
  expect(busyLife()).toEqual(busyLife());
});

test("a churn that cannot be read is refused with the known names", () => {
  expect(parseChurn(" create=2/s, touch=0.5/r ")).toEqual([
    { name: "create", amount: 2, per: "second" },
    { name: "touch", amount: 0.5, per: "request" },
  ]);
  for (const text of ["create", "create=2", "create=2/m", "create=-1/s", "toString=1/s", "create=x/s"]) {
    expect(() => parseChurn(text)).toThrow(OperatorError);
  }
});

function busyLife() {
  const { account, clock } = living(CHURN_NAMES.map((name) => `${name}=1.5/s`).join(","));
  for (let step = 0; step < 20; step++) {
    clock.pass(700);
    account.advance();
  }
  return account.snapshot();
}
