/**
 * How many handshakes may be under way at once.
 *
 * What waits is bounded elsewhere: each is a connection that `accept()` has given, with
 * a descriptor of its own, and leaves when its handshake's time is up.
 *
 * @module
 */

/** Lets so many in, and the others when those have left, in the order in which they came. */
export class HandshakeLimiter {
  readonly #places: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Calls `enter` when there is a place. @returns Leaves it, or gives up the waiting. */
  queue(enter: () => void): () => void {
    let inside = false;
    const come = () => {
      inside = true;
      this.#inside++;
      enter();
    };
    if (this.#inside < this.#places) come();
    else this.#waiting.add(come);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (!inside) {
        this.#waiting.delete(come);
        return;
      }
      this.#inside--;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next();
    };
  }
}
