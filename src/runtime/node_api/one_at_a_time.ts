/**
 * Calls to a runtime that takes, or keeps in order, only one at a time.
 *
 * @module
 */

/** Begins each call once the one before it is done, however that ended. */
export class OneAtATime {
  #last: Promise<unknown> | undefined;

  /** Makes a call, at once if none is under way. */
  do<T>(begin: () => Promise<T>): Promise<T> {
    const call = this.#last === undefined
      ? begin()
      : this.#last.then(begin, begin);
    this.#last = call;
    const done = () => {
      if (this.#last === call) this.#last = undefined;
    };
    call.then(done, done);
    return call;
  }
}
