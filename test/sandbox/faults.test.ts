import { expect, test } from "vitest";
import { OperatorError } from "../../src/core/errors.ts";
import { seededRandom } from "../../src/core/random.ts";
import { Faults, parseFaults } from "../../src/sandbox/faults.ts";

const faultsOf = () => new Faults(seededRandom(5), 0);

test("queued faults come first and in order", () => {
  const faults = faultsOf();
  faults.next("reset", 2);
  faults.next("html");
  expect(Array.from({ length: 4 }, () => faults.draw(0))).toEqual(["reset", "reset", "html", null]);
});

test("a rate is the share of requests with the fault, and 0 ends it", () => {
  const faults = faultsOf();
  faults.set("429", 0.2);
  faults.set("reset", 0.1);
  const drawn = Array.from({ length: 5000 }, () => faults.draw(0));
  expect(drawn.filter((name) => name === "429").length / 5000).toBeCloseTo(0.2, 1);
  expect(drawn.filter((name) => name === "reset").length / 5000).toBeCloseTo(0.1, 1);
  faults.set("429", 0);
  faults.set("reset", 0);
  expect(Array.from({ length: 50 }, () => faults.draw(0)).every((name) => name === null)).toBe(true);
});

test("with rates that add up to 1 every request has a fault", () => {
  const faults = faultsOf();
  faults.set("429", 0.5);
  faults.set("reset", 0.5);
  expect(Array.from({ length: 200 }, () => faults.draw(0))).not.toContain(null);
});

test("an outage is every request at the end of its period", () => {
  const faults = faultsOf();
  faults.set("503", { forMs: 5000, everyMs: 60_000 });
  const at = (ms: number) => faults.draw(ms);
  expect([at(0), at(54_999), at(55_000), at(59_999), at(60_000), at(115_000)]).toEqual([
    null,
    null,
    "503",
    "503",
    null,
    "503",
  ]);
  faults.clear();
  expect(at(55_000)).toBeNull();
});

test("rates that add up to more than 1 are refused", () => {
  const faults = faultsOf();
  faults.set("429", 0.6);
  expect(() => faults.set("reset", 0.6)).toThrow(OperatorError);
});

test("rates and outages are read, and what cannot be read is refused", () => {
  expect(parseFaults("reset=0.1, 503=5s/1m,429=1")).toEqual([
    ["reset", 0.1],
    ["503", { forMs: 5000, everyMs: 60_000 }],
    ["429", 1],
  ]);
  for (const text of [
    "reset",
    "reset=2",
    "reset=-1",
    "no-such=0.1",
    "503=5s/1s",
    "503=5/60",
    "reset=0.1=2",
  ]) {
    expect(() => parseFaults(text)).toThrow(OperatorError);
  }
});
