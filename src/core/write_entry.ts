/**
 * A write that is not done, and whose bytes they are.
 *
 * @module
 */
import { copyOf, join, MAX_JOINED_BYTES } from "./bytes.ts";
import { Waiter } from "./waiter.ts";

/**
 * How much of a write that may be cancelled is handed to the system at once,
 * as a copy: the caller gets its buffer back at any moment.
 */
const PRIVATE_PIECE_BYTES = 64 * 1024;

/** A write that is not done. */
export class Entry extends Waiter<number> {
  /** What is left of it. */
  parts: Uint8Array[];
  /** Whether nobody else can change `parts`. */
  owned: boolean;
  /** Whether it may be cancelled. */
  readonly limited: boolean;
  /** What the call resolves to. */
  readonly total: number;

  constructor(
    parts: Uint8Array[],
    limited: boolean,
    owned: boolean,
    total: number,
  ) {
    super();
    this.parts = parts;
    this.limited = limited;
    this.owned = owned;
    this.total = total;
  }

  /** Takes what is left of a cancelled write out of the caller's buffer. */
  own(): void {
    if (this.owned) return;
    this.parts = this.parts.filter(hasBytes).map(copyOf);
    // What is queued has a part, if it is one without bytes.
    if (this.parts.length === 0) this.parts = [new Uint8Array(0)];
    this.owned = true;
  }

  /** Notes that `sent` bytes of the first part are gone. @returns Whether that was all. */
  advance(sent: number): boolean {
    const part = this.parts[0];
    if (sent < part.byteLength) {
      this.parts[0] = part.subarray(sent);
      return false;
    }
    this.parts.shift();
    return this.parts.length === 0;
  }
}

/** Not so once its buffer was transferred away; then it cannot even be copied. */
function hasBytes(part: Uint8Array): boolean {
  return part.byteLength > 0;
}

/**
 * What to hand to the system next: as much of the first writes as is joined
 * with less effort than another system call takes.
 *
 * Nothing, where the caller has transferred its buffer away meanwhile.
 *
 * @param byReference Whether the system may look at it later; a write that may be
 *   cancelled is then copied, because its caller may get the buffer back meanwhile.
 */
export function nextBytes(
  entries: readonly Entry[],
  byReference: boolean,
): Uint8Array {
  const first = entries[0];
  const part = first.parts[0];
  if (!hasBytes(part)) return part;
  if (entries.length > 1 && part.byteLength <= MAX_JOINED_BYTES / 2) {
    const pieces: Uint8Array[] = [];
    let size = 0;
    gathering: for (const { parts } of entries) {
      for (const piece of parts) {
        if (size + piece.byteLength > MAX_JOINED_BYTES) break gathering;
        if (hasBytes(piece)) pieces.push(piece);
        size += piece.byteLength;
      }
    }
    if (pieces.length > 1) return join(pieces, size);
  }
  return byReference && first.limited && !first.owned
    ? copyOf(part.subarray(0, PRIVATE_PIECE_BYTES))
    : part;
}
