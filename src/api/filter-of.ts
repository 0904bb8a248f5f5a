import type { Query } from "../apify/contract.ts";
import { refuse } from "../apify/server.ts";
import type { AccountState } from "./account-state.ts";
import type { Filter } from "./rows.ts";

/** What a query asks for, as far as the mirror holds it. Throws a Refusal with status 400 for what it does not hold. */
export function filterOf({ unnamed = false, ownership }: Query, state: AccountState): Filter {
  if (unnamed && !state.unnamed) {
    throw refuse(400, "unnamed: this mirror holds named datasets only, as DATASETS_UNNAMED is false.");
  }
  if (ownership === undefined || ownership === state.ownership) return { unnamed, owned: null };
  if (state.ownership !== null) {
    throw refuse(
      400,
      `ownership: this mirror holds only datasets that are ${state.ownership}, as DATASETS_OWNERSHIP says.`,
    );
  }
  const { ownerId } = state;
  if (ownerId === null) {
    throw refuse(
      400,
      "ownership: the mirror does not know yet whose account this is, since it has seen no dataset of its own.",
    );
  }
  return { unnamed, owned: { ownership, ownerId } };
}
