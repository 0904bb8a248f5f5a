import { OperatorError } from "../core/errors.ts";
import type { LivingAccount } from "./account.ts";

const DEEDS = {
  create: (account: LivingAccount, count: number) => account.create(count),
  tied: (account: LivingAccount, count: number) => account.createTied(count),
  expire: (account: LivingAccount, count: number) => account.expireOldest(count),
  delete: (account: LivingAccount, count: number) => account.deleteRandom(count),
  touch: (account: LivingAccount, count: number) => account.touchRandom(count),
  rename: (account: LivingAccount, count: number) => account.renameRandom(count),
  share: (account: LivingAccount, count: number) => account.share(count),
  unshare: (account: LivingAccount, count: number) => account.unshare(count),
} as const;

export type ChurnName = keyof typeof DEEDS;
export const CHURN_NAMES = Object.keys(DEEDS).filter((name) => isChurnName(name));

export interface ChurnRate {
  readonly name: ChurnName;
  readonly amount: number;
  readonly per: "second" | "request";
}

/** What happens to an account by itself, at a pace. Fractions add up: 0.1/s happens once in ten seconds. */
export class Churn {
  readonly #rates: readonly (ChurnRate & { credit: number })[];
  #lastAt: number;

  constructor(text: string, now: number) {
    this.#rates = parseChurn(text).map((rate) => ({ ...rate, credit: 0 }));
    this.#lastAt = now;
  }

  /** Does what is due for the time since the last run and for one request. */
  run(account: LivingAccount, now: number): void {
    const [from, seconds] = [this.#lastAt, Math.max(0, now - this.#lastAt) / 1000];
    this.#lastAt = now;
    for (const rate of this.#rates) {
      rate.credit += rate.amount * (rate.per === "second" ? seconds : 1);
      const count = Math.floor(rate.credit + 1e-9);
      rate.credit -= count;
      if (count === 0) continue;
      if (rate.name === "create" && rate.per === "second") createSpread(account, count, from, now);
      else DEEDS[rate.name](account, count);
    }
  }
}

/** Reads `create=2/s,expire=0.5/s,create=3/r`: a pace a second or a request for each kind of change. */
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

/** What was created while nobody looked did not all come at the same time. */
function createSpread(account: LivingAccount, count: number, from: number, to: number): void {
  for (let nth = 1; nth <= count; nth++) account.create(1, from + Math.ceil(((to - from) * nth) / count));
}

function isChurnName(name: string): name is ChurnName {
  return Object.hasOwn(DEEDS, name);
}
