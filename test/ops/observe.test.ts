import { expect, test } from "vitest";

import { createRig } from "../support/rig.ts";

const fail = () => {
  throw new Error("a disk is full");
};

test("an observer that throws is logged, and ends neither the run nor what the others are told", async () => {
  await using rig = await createRig();
  Object.assign(rig.told, { runStarted: fail, pageCommitted: fail, runEnded: fail });
  const { status, complete } = await rig.run("full");
  expect({ status, complete }).toEqual({ status: "succeeded", complete: true });
  const lines = rig.log.lines().map(({ msg }) => msg);
  expect(lines.filter((msg) => msg === "an observer failed; the run goes on").length).toBeGreaterThan(2);
  expect(lines).toContain("run succeeded");
});
