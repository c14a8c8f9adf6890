/**
 * Many things that come and go, and one timer to look at them again and again.
 *
 * @module
 */
import { unrefTimer } from "../core/wait/pending_call.ts";

/** How many parts of the things are looked at one after the other. */
const SLOTS = 8;

/** Where a thing is in its wheel. */
export interface Spoke {
  slot: Spoke[] | undefined;
  at: number;
}

/**
 * Holds things, and visits each once in a period, an eighth of them at a time.
 *
 * In arrays whose last takes the place of the one that leaves: a `Set` that
 * thousands come to and leave in a second keeps the collector busy.
 */
export class Wheel<T extends Spoke> {
  readonly #slots = Array.from({ length: SLOTS }, () => [] as T[]);
  /** The slot that was visited last: what is added to it is visited after a period. */
  #at = 0;
  #size = 0;
  #tickMs = Infinity;
  #visit: ((item: T) => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** All of them; they may leave meanwhile. */
  all(): T[] {
    return this.#slots.flat();
  }

  /** Begins to turn, once something is there. @param periodMs Milliseconds. */
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

  /** Without effect where it has left already. */
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
    // What is looked at keeps the process alive, or is not to.
    unrefTimer(this.#timer);
  }

  #tick(): void {
    this.#at = (this.#at + 1) % SLOTS;
    const slot = this.#slots[this.#at];
    // Backwards: who leaves is followed by one that was visited. A visit may
    // also make all of them leave.
    for (let i = slot.length - 1; i >= 0; i--) {
      if (i < slot.length) this.#visit!(slot[i]);
    }
  }
}
