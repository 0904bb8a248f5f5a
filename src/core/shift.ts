/** What the shift of a place in the list tells: how many rows before it the mirror still holds though they are gone. */

export interface RankedPlace {
  /** Live rows of the mirror before the place. */
  readonly liveBefore: number;
  /** Offset of the place in the list. */
  readonly offset: number;
  /** Listed rows before the place that cannot be mirrored, as far as is known. */
  readonly rejected: number;
}

/**
 * What there is to find, and what to expect from now on. `remainder` is the shift that remained when everything was
 * looked at: when it falls, what caused it has gone, and the rest is searched for again.
 */
export function unexplainedBy(
  { liveBefore, offset, rejected }: RankedPlace,
  remainder: number,
): { readonly unexplained: number; readonly remainder: number } {
  const shift = liveBefore - offset + rejected;
  const hasFallen = shift * remainder >= 0 && Math.abs(shift) < Math.abs(remainder);
  return hasFallen ? { unexplained: shift, remainder: 0 } : { unexplained: shift - remainder, remainder };
}
