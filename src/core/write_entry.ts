/**
 * A write that is not done, and whose bytes they are.
 *
 * @module
 */
import { copyOf } from "./bytes.ts";
import { Waiter } from "./waiter.ts";

/**
 * How much of a write that may be cancelled is handed to the system at once,
 * as a copy: the caller gets its buffer back at any moment.
 */
const PRIVATE_PIECE_BYTES = 64 * 1024;

/** A write that is not done. */
export interface Entry {
  /** What is left of it. */
  parts: Uint8Array[];
  /** Whether nobody else can change `parts`. */
  owned: boolean;
  /** Whether it may be cancelled. */
  readonly limited: boolean;
  readonly total: number;
  readonly waiter: Waiter<number>;
}

/** What to hand to the system next: a copy, if the caller may get its buffer back meanwhile. */
export function nextPiece(entry: Entry, byReference: boolean): Uint8Array {
  const part = entry.parts[0];
  return byReference && entry.limited && !entry.owned
    ? copyOf(part.subarray(0, PRIVATE_PIECE_BYTES))
    : part;
}

/** Takes what is left of a cancelled write out of the caller's buffer. */
export function own(entry: Entry): void {
  if (entry.owned) return;
  entry.parts = entry.parts.map(copyOf);
  entry.owned = true;
}

/** Queues `total` bytes, of which `parts` are left. */
export function newEntry(
  parts: Uint8Array[],
  limited: boolean,
  owned: boolean,
  total = parts.reduce((sum, part) => sum + part.byteLength, 0),
): Entry {
  return { parts, limited, owned, total, waiter: new Waiter<number>() };
}
