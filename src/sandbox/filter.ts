import type { Query } from "../apify/contract.ts";
import { NAMED, SHARED } from "./dataset.ts";
import type { Filter } from "./order.ts";

export const EVERYTHING: Filter = { key: "everything", admits: () => true };
export const ONLY_SHARED: Filter = { key: "shared", admits: (flags) => (flags & SHARED) !== 0 };

/** Which rows a query asks for: the named ones unless `unnamed`, of both ownerships unless one is given. */
export function filterOf({ unnamed = false, ownership }: Query): Filter {
  if (unnamed && ownership === undefined) return EVERYTHING;
  const owner = ownership === "sharedWithMe" ? SHARED : 0;
  return {
    key: `${unnamed}-${ownership}`,
    admits: (flags) =>
      (unnamed || (flags & NAMED) !== 0) && (ownership === undefined || (flags & SHARED) === owner),
  };
}
