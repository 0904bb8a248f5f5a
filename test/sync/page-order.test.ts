import { expect, test } from "vitest";

import { PageOrder } from "../../src/sync/page-order.ts";
import { dataset } from "../support/mirror.ts";

const rows = (...ids: string[]) => ids.map((id, index) => dataset(id, index));
const idsOf = (page: { rows: ReadonlyArray<{ id: string }> }) => page.rows.map(({ id }) => id);

test("pages that are accepted in the order of their requests are taken whole", () => {
  const order = new PageOrder();
  const [first, second] = [order.expect(0), order.expect(1)];
  expect(order.accept(first, 1, rows("a", "b"))).toEqual({ rows: rows("a", "b"), newerIds: [] });
  expect(order.accept(second, 2, rows("b", "c"))).toEqual({ rows: rows("b", "c"), newerIds: [] });
});

test("a page that was asked for earlier and comes later loses the rows that the later request has shown", () => {
  const order = new PageOrder();
  const earlier = order.expect(0);
  const later = order.expect(1);
  order.accept(later, 2, rows("b", "c"));
  const accepted = order.accept(earlier, 1, rows("a", "b"));
  expect(idsOf(accepted)).toEqual(["a"]);
  expect(accepted.newerIds).toEqual(["b", "c"]);
});

test("a page whose request was retried counts as asked for when it was sent last", () => {
  const order = new PageOrder();
  const retried = order.expect(0);
  const next = order.expect(1);
  // The first page was sent as request 1 and again as request 3; the second one as request 2.
  order.accept(retried, 3, rows("a", "b"));
  expect(idsOf(order.accept(next, 2, rows("b", "c")))).toEqual(["c"]);
});

test("once no earlier request is under way nothing is remembered", () => {
  const order = new PageOrder();
  const [dropped, later] = [order.expect(0), order.expect(1)];
  order.accept(later, 2, rows("b"));
  order.forget(dropped);
  const stray = order.expect(0);
  expect(idsOf(order.accept(stray, 1, rows("b")))).toEqual(["b"]);
});
