import { openDatabase } from "../../src/mirror/database.ts";
import { API_TOKEN, openReadApi } from "./read-api.ts";
import { createRig } from "./rig.ts";

const DATASETS = 1230;
const NAMED = 40;
const SHARED = 30;

/** Where a list of datasets is served. */
export interface Served {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
}

/** The same list twice: an account that stands still, and the read API of its mirror. */
export interface TwoLists extends AsyncDisposable {
  readonly original: Served;
  readonly mirrored: Served;
  /** Full name of a dataset that no Actor wrote. */
  readonly byHand: string;
}

export async function openTwoLists(): Promise<TwoLists> {
  await using stack = new AsyncDisposableStack();
  const rig = stack.use(
    await createRig({ sandbox: { datasets: 0 }, env: { PAGE_SIZE: "1000" }, checksOwner: true }),
  );
  const { account, url, token } = rig.sandbox;
  // A minute apart, so that there are no ties, whose order is each server's own.
  const first = rig.clock.now() - DATASETS * 60_000;
  const ids = Array.from({ length: DATASETS }, (_, nth) => account.create(1, first + nth * 60_000)).flat();
  for (const [nth, id] of ids.slice(0, NAMED).entries()) account.rename(id, `named-${nth}`);
  account.share(SHARED);
  const byHand = account.snapshot().find(({ name, actId }) => typeof name === "string" && actId === null);
  await rig.run("full");
  const { db } = stack.use(openDatabase(rig.url));
  const api = stack.use(await openReadApi({ db, source: rig.config.source.name }));
  const owned = stack.move();
  return {
    original: { url, token },
    mirrored: { url: api.url, token: API_TOKEN },
    byHand: `${byHand?.username}~${byHand?.name}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
