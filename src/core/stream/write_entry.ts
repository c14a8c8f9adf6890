/**
 * A write that is not done, and whose bytes they are.
 *
 * @module
 */
import { copyOf, join, MAX_JOINED_BYTES, steady } from "./bytes.ts";
import { PendingCall } from "../wait/pending_call.ts";

/**
 * How much of a write that may be cancelled is handed to the system at once,
 * as a copy: the caller gets its buffer back at any moment.
 */
const PRIVATE_PIECE_BYTES = 64 * 1024;

/** A write that is not done. */
export class Entry extends PendingCall<number> {
  /** What is left of it. */
  parts: Uint8Array[];
  /**
   * How many bytes each of them has: once its caller has transferred the buffer away, a
   * view says 0.
   */
  readonly sizes: number[];
  /** Whether no other code can change `parts`. */
  owned: boolean;
  /** Whether it may be cancelled. */
  readonly limited: boolean;
  /** How many bytes of it the system has taken. */
  sent = 0;
  /** What the call resolves to. */
  readonly total: number;

  constructor(
    parts: Uint8Array[],
    limited: boolean,
    owned: boolean,
    total: number,
  ) {
    super();
    this.parts = owned ? parts : parts.map(steady);
    this.sizes = parts.map(sizeOf);
    this.limited = limited;
    this.owned = owned;
    this.total = total;
  }

  /** Whether bytes that are still to be sent are gone. */
  get lost(): boolean {
    const { parts, sizes } = this;
    for (let i = 0; i < parts.length; i++) {
      if (parts[i].byteLength !== sizes[i]) return true;
    }
    return false;
  }

  /** How many bytes are still to be sent. */
  get left(): number {
    return this.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Takes what is left of a cancelled write out of the caller's buffer. */
  own(): void {
    if (this.owned || this.lost) return;
    this.parts = this.parts.map(copyOf);
    this.owned = true;
  }

  /** Notes that `sent` bytes of the first part are gone. @returns Whether that was all. */
  advance(sent: number): boolean {
    const { parts, sizes } = this;
    this.sent += sent;
    if (sent < sizes[0]) {
      sizes[0] -= sent;
      // Lost, it stays as it is, for `lost` to see.
      if (parts[0].byteLength > 0) parts[0] = parts[0].subarray(sent);
      return false;
    }
    parts.shift();
    sizes.shift();
    return parts.length === 0;
  }
}

function sizeOf(part: Uint8Array): number {
  return part.byteLength;
}

/**
 * What to hand to the system next: as much of the first writes as is joined
 * with less effort than another system call takes.
 *
 * @param entries The first of them is not lost.
 * @param byReference Whether the system may look at it later; a write that may be
 *   cancelled is then copied, because its caller may get the buffer back meanwhile.
 */
export function nextBytes(
  entries: readonly Entry[],
  byReference: boolean,
): Uint8Array {
  const first = entries[0];
  const part = first.parts[0];
  if (entries.length > 1 && part.byteLength <= MAX_JOINED_BYTES / 2) {
    const pieces: Uint8Array[] = [];
    let size = 0;
    gathering: for (const entry of entries) {
      // Its bytes are not to follow those before it.
      if (entry.lost) break;
      for (const piece of entry.parts) {
        if (size + piece.byteLength > MAX_JOINED_BYTES) break gathering;
        pieces.push(piece);
        size += piece.byteLength;
      }
    }
    if (pieces.length > 1) return join(pieces, size);
  }
  return byReference && first.limited && !first.owned
    ? copyOf(part.subarray(0, PRIVATE_PIECE_BYTES))
    : part;
}
