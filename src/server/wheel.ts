/**
 * A timer wheel: one timer that visits a changing set of items periodically.
 *
 * @module
 */
import { unrefTimer } from "../core/wait/pending_call.ts";

/** How many slots the wheel has. */
const SLOTS = 8;

/** The position of an item in its wheel. */
export interface Spoke {
  slot: Spoke[] | undefined;
  at: number;
}

/**
 * Holds items and visits each once per period, an eighth of them at a time.
 *
 * The slots are arrays; the last item moves to the place of a deleted one. A `Set` with
 * thousands of insertions and deletions per second costs garbage collection.
 */
export class Wheel<T extends Spoke> {
  readonly #slots = Array.from({ length: SLOTS }, () => [] as T[]);
  /** The slot visited last. Items are added to it, so their first visit is a period later. */
  #at = 0;
  #size = 0;
  #tickMs = Infinity;
  #visit: ((item: T) => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** The number of items. */
  get size(): number {
    return this.#size;
  }

  /** All items, as a copy: items may be deleted during the iteration. */
  all(): T[] {
    return this.#slots.flat();
  }

  /** Sets the visitor; the timer runs while there are items. @param periodMs Milliseconds. */
  turn(periodMs: number, visit: (item: T) => void): void {
    this.#tickMs = periodMs / SLOTS;
    this.#visit = visit;
  }

  add(item: T): void {
    const slot = this.#slots[this.#at];
    item.slot = slot;
    item.at = slot.push(item) - 1;
    if (this.#size++ === 0 && this.#visit !== undefined) this.#start();
  }

  /** Deletes an item; no effect if it is already deleted. */
  delete(item: T): void {
    const { slot, at } = item;
    if (slot === undefined) return;
    item.slot = undefined;
    const last = slot.pop()!;
    if (last !== item) {
      slot[at] = last;
      last.at = at;
    }
    if (--this.#size === 0) clearInterval(this.#timer);
  }

  #start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
    // The items keep the process alive themselves, or must not.
    unrefTimer(this.#timer);
  }

  #tick(): void {
    this.#at = (this.#at + 1) % SLOTS;
    const slot = this.#slots[this.#at];
    // Backwards: a deleted item is replaced by one that was already visited. A visit
    // may also delete all items.
    for (let i = slot.length - 1; i >= 0; i--) {
      if (i < slot.length) this.#visit!(slot[i]);
    }
  }
}
