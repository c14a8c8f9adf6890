/**
 * One timer for many things that are to be looked at again and again.
 *
 * @module
 */

/** How many parts of the things are looked at one after the other. */
const SLOTS = 8;

/** Visits each of its items once in a period, an eighth of them at a time. */
export class Wheel<T> {
  readonly #tickMs: number;
  readonly #visit: (item: T) => void;
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<T>());
  /** The slot that was visited last: what is added to it is visited after a period. */
  #at = 0;
  #size = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param periodMs Milliseconds. */
  constructor(periodMs: number, visit: (item: T) => void) {
    this.#tickMs = periodMs / SLOTS;
    this.#visit = visit;
  }

  /** @returns Where it is, for `delete`. */
  add(item: T): Set<T> {
    if (this.#size++ === 0) this.#start();
    return this.#slots[this.#at].add(item);
  }

  delete(item: T, slot: Set<T>): void {
    if (slot.delete(item) && --this.#size === 0) clearInterval(this.#timer);
  }

  #start(): void {
    this.#timer = setInterval(() => this.#turn(), this.#tickMs);
    // What is looked at keeps the process alive, or is not to.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #turn(): void {
    this.#at = (this.#at + 1) % SLOTS;
    for (const item of this.#slots[this.#at]) this.#visit(item);
  }
}
