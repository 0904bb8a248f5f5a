import type { Clock } from "../../src/core/clock.ts";
import type { Sandbox } from "../../src/sandbox/start.ts";
import type { Dice } from "./random.ts";
import type { Deed } from "./whole-plan.ts";

/** The account of a sandbox, with a memory of what is not as simple as "it came at the end and stayed". */
export class MovingAccount {
  /** Ids that were off the list at some time after they were on it. */
  readonly left = new Set<string>();
  /** Ids that came, or came back, in the middle of the list, with the time when they last did. */
  readonly moved = new Map<string, number>();
  readonly #account: Sandbox["account"];
  readonly #isNamedOnly: boolean;
  readonly #clock: Clock;
  #unshared: string[] = [];

  constructor({ account }: Sandbox, clock: Clock, isNamedOnly = false) {
    this.#clock = clock;
    this.#account = account;
    this.#isNamedOnly = isNamedOnly;
  }

  do({ do: name, count }: Deed): void {
    const account = this.#account;
    switch (name) {
      case "create":
        return void account.create(count);
      case "tied":
        return void account.createTied(count);
      case "expire":
        return note(this.left, account.expireOldest(count));
      case "delete":
        return note(this.left, account.deleteRandom(count));
      case "touch":
        return void account.touchRandom(count);
      case "rename":
        return this.#renamed(account.renameRandom(count));
      case "share":
        return this.#noteMoved(account.share(count));
      case "unshare":
        this.#unshared.push(...account.unshare(count));
        return note(this.left, this.#unshared);
      case "reshare":
        return this.#reshare(count);
    }
  }

  /** Deeds are done before requests are answered: `most` of them, or a list could grow faster than it is read. */
  stir(dice: Dice, chance: number, drawn: (dice: Dice) => Deed, most: number): void {
    let left = most;
    this.#account.advance = () => {
      if (left === 0 || !dice.chance(chance)) return;
      left -= 1;
      this.do(drawn(dice));
    };
  }

  rest(): void {
    this.#account.advance = () => {};
  }

  /** Where only named datasets are listed, a name brings one and takes one away. */
  #renamed(ids: readonly string[]): void {
    if (!this.#isNamedOnly) return;
    note(this.left, ids);
    this.#noteMoved(ids);
  }

  #noteMoved(ids: readonly string[]): void {
    for (const id of ids) this.moved.set(id, this.#clock.now());
  }

  #reshare(count: number): void {
    const back = this.#unshared.splice(0, count);
    this.#account.reshare(back);
    this.#noteMoved(back);
  }
}

function note(set: Set<string>, ids: readonly string[]): void {
  for (const id of ids) set.add(id);
}
