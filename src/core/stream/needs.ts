/**
 * What a read may wait for beside some bytes: a number of them, a delimiter, a line.
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";
import { lostRoomMeanwhile } from "./bytes.ts";
import { DelimiterSearch } from "./delimiter.ts";
import type { Store } from "./store.ts";

/** The need of one read. It remembers how far it has looked. */
export interface Need<T> {
  /** The most bytes of a result, and so the most that are stored for it. */
  readonly maxBytes: number;
  /**
   * Looks at the bytes that were stored since the last call.
   *
   * @returns The size of the result; `undefined` if more bytes are needed.
   */
  find(store: Store): number | undefined;
  /** The size of the result at EOF, with bytes stored; `undefined` if they are too few. */
  atEnd(store: Store): number | undefined;
  /** Takes the result out of the store, unless it only peeks. */
  take(store: Store, size: number): T;
}

/** A number of bytes, in a buffer of the caller or in a new one. */
export class Exactly implements Need<Uint8Array> {
  readonly maxBytes: number;
  readonly #into: Uint8Array | undefined;

  constructor(size: number, into: Uint8Array | undefined) {
    this.maxBytes = size;
    this.#into = into;
  }

  find({ bytes }: Store): number | undefined {
    const size = this.maxBytes;
    if (bytes < size) return undefined;
    // The caller may have transferred the buffer; then no byte is taken.
    if (this.#into !== undefined && this.#into.byteLength !== size) {
      throw lostRoomMeanwhile("read");
    }
    return size;
  }

  atEnd(): undefined {}

  take(store: Store, size: number): Uint8Array {
    const into = this.#into;
    if (into === undefined) return store.takeBytes(size);
    store.take(into);
    return into;
  }
}

/** Up to a number of bytes, which stay in the store. */
export class Peek implements Need<Chunk> {
  readonly maxBytes: number;

  constructor(size: number) {
    this.maxBytes = size;
  }

  find({ bytes }: Store): number | undefined {
    return bytes < this.maxBytes ? undefined : this.maxBytes;
  }

  atEnd({ bytes }: Store): number {
    return bytes;
  }

  take(store: Store, size: number): Chunk {
    return store.peek(size);
  }
}

/** The bytes up to a delimiter, and with it. */
export class Until implements Need<Chunk> {
  readonly maxBytes: number;
  readonly #search: DelimiterSearch;
  /** The piece of the store to search next, and the place in it. */
  #piece = 0;
  #at = 0;
  /** The bytes of the pieces before it. */
  #before = 0;

  constructor(delimiter: Uint8Array, maxBytes: number) {
    this.#search = new DelimiterSearch(delimiter);
    this.maxBytes = maxBytes;
  }

  find({ pieces }: Store): number | undefined {
    for (; this.#piece < pieces.length; this.#piece++) {
      const piece = pieces[this.#piece];
      const found = this.#search.find(piece, this.#at);
      if (found !== -1) return this.#before + found;
      this.#at = piece.byteLength;
      // The last piece may grow.
      if (this.#piece === pieces.length - 1) return undefined;
      this.#before += piece.byteLength;
      this.#at = 0;
    }
    return undefined;
  }

  atEnd(): number | undefined {
    return undefined;
  }

  take(store: Store, size: number): Chunk {
    return store.takeBytes(size);
  }
}

const LF = 10;
const CR = 13;
const NEWLINE = new Uint8Array([LF]);

/** A line, without its LF or CRLF. The last one may have neither. */
export class Line implements Need<string> {
  readonly maxBytes: number;
  readonly #until: Until;
  readonly #decoder: TextDecoder;

  constructor(maxBytes: number, fatal: boolean) {
    this.#until = new Until(NEWLINE, maxBytes);
    this.maxBytes = maxBytes;
    this.#decoder = fatal ? FATAL : LENIENT;
  }

  find(store: Store): number | undefined {
    return this.#until.find(store);
  }

  atEnd({ bytes }: Store): number {
    return bytes;
  }

  take(store: Store, size: number): string {
    const bytes = store.view(size);
    let end = size;
    if (bytes[end - 1] === LF) end -= bytes[end - 2] === CR ? 2 : 1;
    const text = this.#decode(bytes.subarray(0, end));
    store.drop(size);
    return text;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw new NotUtf8();
    }
  }
}

/** The bytes of a line are not UTF-8. */
export class NotUtf8 extends Error {}

// A byte order mark is a character of the line: only a file begins with one.
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });
const FATAL = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
