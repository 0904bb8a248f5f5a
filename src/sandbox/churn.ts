import { OperatorError } from "../core/errors.ts";

/** What churn does to an account. */
export interface Churned {
  create(count: number, at?: number): unknown;
  createTied(count: number): unknown;
  expireOldest(count: number): unknown;
  deleteRandom(count: number): unknown;
  touchRandom(count: number): unknown;
  renameRandom(count: number): unknown;
  share(count: number): unknown;
  unshare(count: number): unknown;
}

const CHANGES = {
  create: (account: Churned, count: number) => account.create(count),
  tied: (account: Churned, count: number) => account.createTied(count),
  expire: (account: Churned, count: number) => account.expireOldest(count),
  delete: (account: Churned, count: number) => account.deleteRandom(count),
  touch: (account: Churned, count: number) => account.touchRandom(count),
  rename: (account: Churned, count: number) => account.renameRandom(count),
  share: (account: Churned, count: number) => account.share(count),
  unshare: (account: Churned, count: number) => account.unshare(count),
} as const;

export type ChurnName = keyof typeof CHANGES;
export const CHURN_NAMES = Object.keys(CHANGES).filter((name) => isChurnName(name));

export interface ChurnRate {
  readonly name: ChurnName;
  readonly amount: number;
  readonly per: "second" | "request";
}

/** What happens to an account by itself, and how often. Fractions add up: 0.1/s happens once in ten seconds. */
export class Churn {
  readonly #rates: readonly (ChurnRate & { credit: number })[];
  #lastAt: number;

  constructor(text: string, now: number) {
    this.#rates = parseChurn(text).map((rate) => ({ ...rate, credit: 0 }));
    this.#lastAt = now;
  }

  /** Makes the changes that are due for the time since the last run and for one request. */
  run(account: Churned, now: number): void {
    const [from, seconds] = [this.#lastAt, Math.max(0, now - this.#lastAt) / 1000];
    this.#lastAt = now;
    for (const rate of this.#rates) {
      rate.credit += rate.amount * (rate.per === "second" ? seconds : 1);
      const count = Math.floor(rate.credit + 1e-9);
      rate.credit -= count;
      if (count === 0) continue;
      if (rate.name === "create" && rate.per === "second") createSpread(account, count, from, now);
      else CHANGES[rate.name](account, count);
    }
  }
}

/** Reads `create=2/s,expire=0.5/s,create=3/r`: how often each kind of change happens, a second or a request. */
export function parseChurn(text: string): ChurnRate[] {
  return text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const match = /^(\w+)=(\d+(?:\.\d+)?)\/([sr])$/.exec(part.trim());
      const [, name = "", amount, per] = match ?? [];
      if (!isChurnName(name)) {
        throw new OperatorError(`the churn "${part}" cannot be read`, {
          hint: `write NAME=AMOUNT/s (a second) or NAME=AMOUNT/r (a request); names: ${CHURN_NAMES.join(", ")}`,
        });
      }
      return { name, amount: Number(amount), per: per === "s" ? "second" : "request" };
    });
}

/** Spreads what was created since the last request over that time. */
function createSpread(account: Churned, count: number, from: number, to: number): void {
  for (let nth = 1; nth <= count; nth++) account.create(1, from + Math.ceil(((to - from) * nth) / count));
}

function isChurnName(name: string): name is ChurnName {
  return Object.hasOwn(CHANGES, name);
}
