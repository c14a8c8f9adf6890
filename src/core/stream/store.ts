/**
 * Bytes that were received and not read.
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";
import { copyOf, join, plain } from "./bytes.ts";

/** Smaller chunks share a buffer, so that a stream of single bytes stays cheap. */
const SMALL_CHUNK_BYTES = 4 * 1024;

/** Size of a buffer that small chunks share. */
const SLAB_BYTES = 16 * 1024;

/** Stored chunks, in the order of arrival. */
export class Store {
  readonly #chunks: Chunk[] = [];
  /** Free bytes behind the last chunk in its buffer. */
  #room = 0;
  #bytes = 0;

  /** How many bytes are stored. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The stored pieces. The last one is replaced by a longer one when bytes are added. */
  get pieces(): readonly Chunk[] {
    return this.#chunks;
  }

  /** The oldest byte. */
  get first(): number | undefined {
    return this.#chunks[0]?.[0];
  }

  /** Stores bytes. @param owned Whether `chunk` itself may be kept. */
  put(chunk: Chunk, owned: boolean): void {
    const length = chunk.byteLength;
    const chunks = this.#chunks;
    this.#bytes += length;
    if (length >= SMALL_CHUNK_BYTES) {
      chunks.push(owned ? plain(chunk) : copyOf(chunk));
      this.#room = 0;
    } else if (chunks.length > 0 && this.#room >= length) {
      const last = chunks[chunks.length - 1];
      const grown = new Uint8Array(
        last.buffer,
        last.byteOffset,
        last.byteLength + length,
      );
      grown.set(chunk, last.byteLength);
      chunks[chunks.length - 1] = grown;
      this.#room -= length;
    } else {
      const slab = new Uint8Array(SLAB_BYTES);
      slab.set(chunk);
      chunks.push(slab.subarray(0, length));
      this.#room = SLAB_BYTES - length;
    }
  }

  /** Fills `p` as far as possible. @returns How many bytes were copied. */
  take(p: Uint8Array): number {
    const chunks = this.#chunks;
    let filled = 0;
    while (filled < p.byteLength && chunks.length > 0) {
      const chunk = chunks[0];
      const n = Math.min(chunk.byteLength, p.byteLength - filled);
      p.set(n === chunk.byteLength ? chunk : chunk.subarray(0, n), filled);
      filled += n;
      if (n === chunk.byteLength) chunks.shift();
      else chunks[0] = chunk.subarray(n);
    }
    this.#bytes -= filled;
    return filled;
  }

  /** Removes and returns the oldest chunk. */
  takeChunk(): Chunk {
    const chunk = this.#chunks.shift()!;
    this.#bytes -= chunk.byteLength;
    return chunk;
  }

  /** The first bytes in one piece: a view of the store, or a copy. */
  view(size: number): Uint8Array {
    const first = this.#chunks[0];
    if (first !== undefined && first.byteLength >= size) {
      return first.subarray(0, size);
    }
    return this.peek(size);
  }

  /** A copy of the first bytes. */
  peek(size: number): Chunk {
    const parts: Uint8Array[] = [];
    let left = size;
    for (let i = 0; left > 0; i++) {
      const part = this.#chunks[i].subarray(0, left);
      parts.push(part);
      left -= part.byteLength;
    }
    return join(parts, size) as Chunk;
  }

  /** Removes and returns the first bytes, in a buffer of their own. */
  takeBytes(size: number): Chunk {
    const first = this.#chunks[0];
    if (first?.byteLength === size && first.buffer.byteLength === size) {
      return this.takeChunk();
    }
    const bytes = this.peek(size);
    this.drop(size);
    return bytes;
  }

  /** Removes the first bytes. */
  drop(size: number): void {
    const chunks = this.#chunks;
    let left = size;
    let whole = 0;
    while (left > 0 && chunks[whole].byteLength <= left) {
      left -= chunks[whole++].byteLength;
    }
    if (whole > 0) chunks.splice(0, whole);
    if (left > 0) chunks[0] = chunks[0].subarray(left);
    this.#bytes -= size;
  }
}
