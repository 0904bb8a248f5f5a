import { expect, test } from "vitest";

import { systemClock } from "../src/system.ts";

test("a sleep that is cut short rejects with the signal's own reason, whenever it aborts", async () => {
  const reason = new Error("stopped on request");
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const stop = new AbortController();
  const slept = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await expect(slept).rejects.toBe(reason);
});

test("a sleep ends by itself", async () => {
  await expect(systemClock.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
});
