import { createFakeClock } from "../support/fake-clock.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;

/** A mirror that has watched an account for thirty days, with two passes a day, and one an hour of late. */
export async function createWatchedAccount(): Promise<Rig> {
  // Each pass takes a minute of its clock, which must not overtake the database's.
  const now = Date.now() - 10 * 60_000;
  const clock = createFakeClock(now - DAYS * DAY_MS);
  const sandbox = { datasets: 900, span: 60 * DAY_MS, retention: 7 * DAY_MS, named: 0.12, seed: 3 };
  const rig = await createRig({ clock, sandbox, checksOwner: true, env: { PAGE_SIZE: "1000" } });
  const { account } = rig.sandbox;
  account.share(12);
  for (let day = 0; day < DAYS; day++) {
    const hours = day === DAYS - 1 ? 1 : 12;
    for (let hour = 0; hour < 24; hour += hours) {
      await clock.advance(Math.max(0, now - (DAYS - day) * DAY_MS + hour * HOUR_MS - clock.now()));
      // Fewer on two days in seven, as where people work.
      account.create(Math.ceil(((day % 7 < 2 ? 20 : 55) * hours) / 24 + (day * hours) / 24));
      account.touchRandom(3 * hours);
      if (hour % 12 === 0) account.deleteRandom(2);
      await rig.run("full");
    }
  }
  await clock.advance(now - clock.now());
  await rig.run("full");
  return rig;
}
