/**
 * Bytes that have come before a read asked for them.
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";
import { copyOf, plain } from "./bytes.ts";

/** Chunks below this are stored together, so that a drip of single bytes stays cheap. */
const SMALL_CHUNK_BYTES = 4 * 1024;

/** Room for small chunks, allocated at once. */
const SLAB_BYTES = 16 * 1024;

/** Chunks in the order in which they came. */
export class Store {
  readonly #chunks: Chunk[] = [];
  /** How much the buffer of the last chunk has room for behind it. */
  #room = 0;
  #bytes = 0;

  /** How much is here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest byte. */
  get first(): number | undefined {
    return this.#chunks[0]?.[0];
  }

  /** Takes in bytes. @param owned Whether `chunk` itself may be kept. */
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

  /** Fills `p` as far as it goes. @returns How much went into it. */
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

  /** Hands out the oldest chunk. */
  takeChunk(): Chunk {
    const chunk = this.#chunks.shift()!;
    this.#bytes -= chunk.byteLength;
    return chunk;
  }
}
