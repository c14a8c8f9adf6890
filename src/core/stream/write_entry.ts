/**
 * Pending writes, the pending FIN, and the choice of the bytes to send next.
 *
 * @module
 */
import { copyOf, join, MAX_JOINED_BYTES, steady } from "./bytes.ts";
import type { WriteBackend } from "./backend.ts";
import { PendingCall } from "../wait/pending_call.ts";

/**
 * How many bytes of a cancellable write are passed to the kernel at once. They are
 * copied, because the caller may get its buffer back at any moment.
 */
const PRIVATE_PIECE_BYTES = 64 * 1024;

/** A pending write. */
export class Entry extends PendingCall<number> {
  /** The unsent parts. */
  parts: Uint8Array[];
  /** The size of each part: a view reports 0 bytes once its buffer is transferred. */
  readonly sizes: number[];
  /** Whether `parts` are private copies, which no other code can change. */
  owned: boolean;
  /** Whether the write can be cancelled. */
  readonly limited: boolean;
  /** How many of its bytes the kernel has taken. */
  sent = 0;
  /** The result of the call. */
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

  /** Whether unsent bytes are lost with their buffer. */
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

  /** Copies the unsent bytes of a cancelled write out of the caller's buffer. */
  own(): void {
    if (this.owned || this.lost) return;
    this.parts = this.parts.map(copyOf);
    this.owned = true;
  }

  /** Removes `sent` bytes of the first part. @returns Whether the write is complete. */
  advance(sent: number): boolean {
    const { parts, sizes } = this;
    this.sent += sent;
    if (sent < sizes[0]) {
      sizes[0] -= sent;
      // A lost part keeps its view, so that `lost` detects it.
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

/** A `closeWrite()`, pending or done. */
export class Fin extends PendingCall<void> {
  /** Whether `shutdown` was called. */
  isSent = false;
  /** Whether FIN is with the kernel. */
  isDone = false;

  send(backend: WriteBackend): void {
    this.isSent = true;
    backend.writeWaiting(true);
    backend.shutdown().then(() => {
      backend.writeWaiting(false);
      if (this.settled) return;
      this.isDone = true;
      this.resolve();
    }, (error) => {
      backend.writeWaiting(false);
      if (!this.settled) this.reject(error);
    });
  }
}

/**
 * Chooses the bytes to send next. Small writes are joined, as long as joining is
 * cheaper than another system call.
 *
 * @param entries Pending writes; the first of them is not lost.
 * @param byReference Whether `send` may read the bytes later. Those of a cancellable
 *   write are then copied, because its caller may get the buffer back meanwhile.
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
      // A lost entry is never sent, so joining stops before it.
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

/** The bytes of writes that are not sent. */
export function bytesLeft(entries: readonly Entry[]): number {
  return entries.reduce((sum, { left }) => sum + left, 0);
}

/**
 * Takes sent bytes off the queue, and resolves the writes that are whole.
 *
 * @returns How many writes were whole.
 */
export function advance(entries: Entry[], sent: number): number {
  let done = 0;
  for (let left = sent; left > 0;) {
    const entry = entries[done];
    const taken = Math.min(left, entry.sizes[0]);
    left -= taken;
    if (!entry.advance(taken)) continue;
    done++;
    if (!entry.settled) entry.resolve(entry.total);
  }
  if (done > 0) entries.splice(0, done);
  return done;
}
