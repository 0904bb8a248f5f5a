import { expect, test } from "vitest";

import { renderAccounts } from "../../src/ops/accounts/page.ts";
import { accountReports } from "../../src/ops/accounts/reports.ts";
import { accountsText } from "../../src/ops/accounts/text.ts";
import { MINUTE_MS, NOW, accountStatus, runStatus } from "../support/status.ts";

const LIMITS = { staleMs: () => 4 * MINUTE_MS, unprovenMs: () => 180 * MINUTE_MS };
const ALL = { search: "", page: 1 };

/** So many accounts; every tenth has failed for as many minutes as its number says, and the last was never mirrored. */
function reportsOf(count: number) {
  const members = Array.from({ length: count }, (_, nth) => ({ source: `Account ${nth}`, ...LIMITS }));
  const statuses = members.slice(0, -1).map(({ source }, nth) =>
    nth % 10 === 5
      ? accountStatus({
          ...{ source, last_success_at: NOW - nth * MINUTE_MS },
          runs: [
            runStatus(1, 1, { status: "failed", error: "the token: <script>alert(1)</script>\ndo this" }),
          ],
        })
      : accountStatus({ source }),
  );
  return accountReports(statuses, members, { embedded: false, now: NOW });
}

const namesIn = (page: string) => [...page.matchAll(/href="accounts\/([^"]+)\/"/g)].map(([, name]) => name);

test("the worst come first: what was never mirrored, then what has stood still for longest", () => {
  const names = reportsOf(30).map(({ source }) => source);
  expect(names.slice(0, 5)).toEqual(["Account 29", "Account 25", "Account 15", "Account 5", "Account 0"]);
});

test("five thousand accounts make a page of two hundred rows, and all are found", () => {
  const reports = reportsOf(5000);
  const observed = { reports, trouble: null };
  const first = renderAccounts(observed, ALL, NOW);
  expect(namesIn(first)).toHaveLength(200);
  expect(first.length).toBeLessThan(300_000);
  expect(first).toContain("Page 1 of 25.");
  expect(first).toContain("4 499 of 5 000 accounts are up to date");
  const pages = Array.from({ length: 25 }, (_, nth) =>
    renderAccounts(observed, { search: "", page: nth + 1 }, NOW),
  );
  expect(new Set(pages.flatMap(namesIn)).size).toBe(5000);
  expect(namesIn(renderAccounts(observed, { search: "account 4321", page: 9 }, NOW))).toEqual([
    "Account%204321",
  ]);
});

test("what Apify says and what somebody searches for is text", () => {
  const page = renderAccounts(
    { reports: reportsOf(10), trouble: null },
    { search: '"><script>', page: 1 },
    NOW,
  );
  expect(page).not.toContain("><script>");
  const found = renderAccounts({ reports: reportsOf(10), trouble: null }, ALL, NOW);
  expect(found).toContain("&lt;script&gt;alert(1)");
  expect(found.match(/<script/g)).toHaveLength(1);
});

test("a terminal shows a line for each", () => {
  const text = accountsText(reportsOf(7), NOW, false);
  expect(text).toMatch(/^5 of 7 accounts are fresh\n\n.*last error\n✗ {2}Account 6 .*never/);
  expect(text).toContain("5 min ago");
});
