/** Pictures of the status page: every width, both schemes, and the states it can be in. `npm run screenshots` puts them into the folder SCREENSHOTS. */
import { join } from "node:path";

import { systemClock } from "../../src/system.ts";
import { browserTest, openPage } from "../support/browser.ts";
import type { PageOptions } from "../support/browser.ts";
import { dataset } from "../support/mirror.ts";
import { openWebOn } from "../support/web.ts";
import type { Web } from "../support/web.ts";

const WIDTHS = [320, 390, 768, 1440];
const HOUR_MS = 3_600_000;
const ERROR =
  "Apify refused the token: 401 token-not-valid: Authentication token is not valid.\n" +
  "The token is missing, mistyped or revoked; check APIFY_TOKEN or APIFY_TOKEN_FILE.";

const ROWS_MAX = 300;

/** The list as it was so many hours ago: it grows at its end, and some datasets go on being written to. */
function rowsAt(hoursAgo: number) {
  return Array.from({ length: ROWS_MAX - hoursAgo * 5 }, (_, index) => {
    const grown = index % 23 === 0 ? Math.max(0, 20 - hoursAgo) * index : 0;
    const itemCount = ((index * 7919) % 5000) + grown;
    return dataset(`Dataset${String(index).padStart(10, "0")}`, index * 60, {
      ...(index % 7 === 0 && { name: `prices-of-shop-${index}` }),
      ...{ itemCount, actId: `Actor${index % 5}00000000000`, stats: { inflatedBytes: itemCount * 2100 } },
    });
  });
}

type State = (web: Web<typeof systemClock>) => Promise<void>;

/** A run each hour of the last 26, the last one now. */
const fresh: State = async ({ mirror }) => {
  for (let ago = 26; ago >= 0; ago--) {
    mirror.now = systemClock.now() - ago * HOUR_MS;
    const rows = rowsAt(ago);
    const run = await mirror.begin({ kind: ago % 6 === 2 ? "incremental" : "full" });
    await mirror.commit(run, { rows });
    mirror.now += 400 + ((ago * 137) % 900);
    await mirror.end(run);
  }
};

const STATES: Readonly<Record<string, State>> = {
  fresh,
  failing: async (web) => {
    await fresh(web);
    await web.mirror.sql(
      "update apify.sync_runs set started_at = started_at - interval '1 hour', finished_at = finished_at - interval '1 hour'",
    );
    for (let minutes = 8; minutes > 0; minutes--) {
      web.mirror.now = systemClock.now() - minutes * 60_000;
      const run = await web.mirror.begin({ kind: "incremental" });
      await web.mirror.end(run, { status: "failed", error: ERROR, complete: false });
    }
  },
  "first-pass": async ({ mirror }) => {
    mirror.now = systemClock.now() - 60_000;
    const run = await mirror.begin();
    await mirror.commit(run, { rows: rowsAt(0), total: 750 });
  },
  empty: async () => {},
};

/** What README.md shows: `docs/page-fresh.png` and `docs/page-failing.png`. */
const README: Readonly<Record<string, PageOptions>> = {
  fresh: { width: 1120, height: 1090, scheme: "light" },
  failing: { width: 390, height: 844, scheme: "dark" },
};

const FOLDER = process.env["SCREENSHOTS"] ?? "screenshots";

for (const [name, prepare] of Object.entries(STATES)) {
  browserTest(name, async () => {
    await using web = await openWebOn(systemClock);
    await prepare(web);
    for (const width of WIDTHS) {
      for (const scheme of ["light", "dark"] as const) {
        await using open = await openPage(web.url, { width, scheme });
        await open.page.screenshot({ path: join(FOLDER, `${name}-${width}-${scheme}.png`), fullPage: true });
      }
    }
    if (README[name] === undefined) return;
    await using open = await openPage(web.url, README[name]);
    await open.page.screenshot({ path: join(FOLDER, `page-${name}.png`) });
  });
}
