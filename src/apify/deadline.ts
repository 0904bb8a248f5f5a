/** A signal that lives no longer than one piece of work. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Whether the time ran out; false if one of the parents aborted first. */
  readonly isOver: boolean;
}

/**
 * A signal that aborts with its parents, and after `ms` where given. Disposing lets go of the parents at once:
 * `AbortSignal.any` would hang on to a parent that lives as long as the service. Real time, as the network's is.
 */
export function createDeadline(parents: readonly AbortSignal[], ms?: number): Deadline {
  const controller = new AbortController();
  let isOver = false;
  const onAbort = () => controller.abort(parents.find((parent) => parent.aborted)?.reason);
  const onTime = () => {
    isOver = !controller.signal.aborted;
    controller.abort();
  };
  const timer = ms === undefined ? undefined : setTimeout(onTime, ms);
  for (const parent of parents) parent.addEventListener("abort", onAbort);
  if (parents.some((parent) => parent.aborted)) onAbort();
  return {
    signal: controller.signal,
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const parent of parents) parent.removeEventListener("abort", onAbort);
    },
  };
}
