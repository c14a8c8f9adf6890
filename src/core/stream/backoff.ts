/**
 * How long to wait before accepting is tried again.
 *
 * @module
 */

const FIRST_MS = 5;
const LAST_MS = 1000;

/** Waits 5 ms, then twice as long each time, up to a second. */
export class Backoff {
  #ms = FIRST_MS;

  /** Milliseconds to wait now. */
  next(): number {
    const ms = this.#ms;
    this.#ms = Math.min(ms * 2, LAST_MS);
    return ms;
  }

  /** Accepting has worked again. */
  reset(): void {
    this.#ms = FIRST_MS;
  }
}
