import type { Bench } from "../support/bench.ts";
import { openChurning } from "../support/churning.ts";
import type { ChurningAccount } from "../support/churning.ts";
import type { Bound, Figure } from "../support/figures.ts";
import type { EmptyMirror } from "../support/postgres.ts";

const MINUTES = 120;
/** No tick looks for what is gone, only full passes find it. */
const FULL_PASSES_ONLY = { RECONCILE_REQUESTS: "0" };

/** How what is gone is found. */
interface Way {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Minutes from one full pass to the next, Infinity for none but those that a tick asks for. */
  readonly fullEvery: number;
}

const RECONCILING: Way = { name: "reconciling", env: {}, fullEvery: Infinity };
const HOURLY: Way = { name: "full pass every hour", env: FULL_PASSES_ONLY, fullEvery: 60 };
const OFTEN: Way = { name: "full pass every 5 minutes", env: FULL_PASSES_ONLY, fullEvery: 5 };

/** What one way took and left wrong in the time. */
interface Measured {
  readonly requestsAnHour: number;
  /** Ticks until a dataset that left the list was out of the live rows, of each; 0: at the next tick. */
  readonly ticks: readonly number[];
  /** Rows that were live though gone, after each tick, added up. */
  readonly wrongRowMinutes: number;
}

const ratio = (of: Measured, to: Measured, read: (measured: Measured) => number) => read(of) / read(to);
const requests = ({ requestsAnHour }: Measured) => requestsAnHour;
const wrong = ({ wrongRowMinutes }: Measured) => wrongRowMinutes;

/** How soon what is gone leaves the live rows, and what that costs, against full passes alone; in simulated time. */
export async function reconcile({ postgres, progress }: Bench): Promise<Figure[]> {
  const measure = async (datasets: number, way: Way) => {
    progress(`reconcile: ${datasets} datasets, ${way.name}`);
    await using filled = await postgres.createMirror();
    return await churnFor(filled, datasets, way);
  };
  const large = 1_000_000;
  const [largeReconciling, largeHourly] = [await measure(large, RECONCILING), await measure(large, HOURLY)];
  const small = 100_000;
  const [smallReconciling, smallHourly] = [await measure(small, RECONCILING), await measure(small, HOURLY)];
  const smallOften = await measure(small, OFTEN);
  return [
    ...figuresOf(large, RECONCILING, largeReconciling, { atMost: 5 }, { atMost: 2 }),
    ...figuresOf(large, HOURLY, largeHourly),
    against(large, HOURLY, "requests", ratio(largeReconciling, largeHourly, requests), 0.75, 0.4),
    against(large, HOURLY, "wrong row-minutes", ratio(largeReconciling, largeHourly, wrong), 0.05, 0.01),
    ...figuresOf(small, RECONCILING, smallReconciling, { atMost: 5 }, { atMost: 2 }),
    ...figuresOf(small, HOURLY, smallHourly),
    ...figuresOf(small, OFTEN, smallOften),
    against(small, OFTEN, "requests", ratio(smallReconciling, smallOften, requests), 0.4, 0.2),
  ];
}

async function churnFor(filled: EmptyMirror, datasets: number, { env, fullEvery }: Way): Promise<Measured> {
  await using account = await openChurning(filled.url, datasets, env);
  await filled.ask("vacuum (analyze) apify.datasets");
  const before = account.requests();
  const goneSince = new Map<string, number>();
  const ticks: number[] = [];
  let wrongRowMinutes = 0;
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    for (const id of await account.live(minute)) goneSince.set(id, minute);
    await tick(account, minute, fullEvery);
    for (const id of await account.leftOf([...goneSince.keys()])) {
      ticks.push(minute - (goneSince.get(id) ?? minute));
      goneSince.delete(id);
    }
    wrongRowMinutes += goneSince.size;
  }
  // What is still live counts with the time it has been so.
  for (const minute of goneSince.values()) ticks.push(MINUTES - minute + 1);
  return { requestsAnHour: (account.requests() - before) / (MINUTES / 60), ticks, wrongRowMinutes };
}

async function tick(account: ChurningAccount, minute: number, fullEvery: number): Promise<void> {
  const { needsFullPass } = await account.run("incremental");
  if (needsFullPass || minute % fullEvery === 0) await account.run("full");
}

function figuresOf(datasets: number, { name }: Way, measured: Measured, must?: Bound, aim?: Bound): Figure[] {
  const sorted = measured.ticks.toSorted((one, other) => one - other);
  const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  const figure = (what: string, unit: string, value: number): Figure => ({
    ...{ case: "reconcile", name: `${labelOf(datasets)}, ${name}: ${what}`, unit, rounds: [value] },
  });
  const bounds = { ...(must && { must }), ...(aim && { aim }) };
  return [
    figure("requests", "an hour", measured.requestsAnHour),
    figure("gone rows out, median", "ticks", quantile(0.5)),
    { ...figure("gone rows out, 99 %", "ticks", quantile(0.99)), ...bounds },
    figure("gone rows out, longest", "ticks", quantile(1)),
    figure("wrong", "row-minutes", measured.wrongRowMinutes),
  ];
}

function against(datasets: number, { name }: Way, what: string, value: number, must: number, aim: number) {
  const text = `${labelOf(datasets)}, reconciling / ${name}: ${what}`;
  return {
    ...{ case: "reconcile", name: text, unit: "", rounds: [value] },
    ...{ must: { atMost: must }, aim: { atMost: aim } },
  };
}

function labelOf(datasets: number): string {
  return datasets.toLocaleString("en").replaceAll(",", " ");
}
