/** Work that is done one after the other; more than `waitingMax` that wait are refused. */
export class Queue {
  readonly #waitingMax: number;
  readonly #refusal: () => Error;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(waitingMax: number, refusal: () => Error) {
    this.#waitingMax = waitingMax;
    this.#refusal = refusal;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#waitingMax) throw this.#refusal();
    this.#waiting++;
    const before = this.#last;
    const done = before.then(() => {
      this.#waiting--;
      return work();
    });
    this.#last = done.catch(() => {});
    return done;
  }
}
