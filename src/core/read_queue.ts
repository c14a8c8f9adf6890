/**
 * The reading half of a connection: bytes that have come, calls that wait for
 * some, and how the reading ends.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Chunk, WaitOptions } from "../types.ts";
import { isBytes } from "./bytes.ts";
import { checkWait, type Subject, Waiter } from "./waiter.ts";

/**
 * How much may lie here unread before the wing stops taking from the system.
 *
 * 64 KiB is what libuv and Bun read at once, so a connection that nobody
 * reads holds less than twice that; smaller would pause on every full read.
 */
const MAX_STORED_BYTES = 64 * 1024;

/** Chunks below this are stored together, so that a drip of single bytes stays cheap. */
const SMALL_CHUNK_BYTES = 4 * 1024;

/** Room for small chunks, allocated at once. */
const SLAB_BYTES = 16 * 1024;

/** What the queue asks of its wing. */
export interface ReadHooks extends Subject {
  /** Somebody waits and nothing is stored: let bytes come. */
  demand(): void;
  /** Enough is stored: let no more come. */
  pause(): void;
  /** Calls wait (`true`), or none does any more: they keep the process alive. */
  readWaiting(waiting: boolean): void;
}

/** Who waits for a chunk: a call, or a stream that is being pulled. */
export interface ChunkTaker {
  resolve(chunk: Chunk | null): void;
  reject(error: unknown): void;
}

/** Who waits: for bytes in `into`, or for a chunk. */
type Reader =
  | { readonly into: Uint8Array; readonly taker: Waiter<number | null> }
  | { readonly into: undefined; readonly taker: ChunkTaker };

/** How the reading ended: at FIN, by an error, or by closing here. */
type End = { readonly error: Error | null };

/** Serves reads in order from the bytes that a wing pushes. */
export class ReadQueue {
  readonly #hooks: ReadHooks;
  /** Unread bytes, oldest first. */
  readonly #chunks: Chunk[] = [];
  /** The bytes in `#chunks`. */
  #stored = 0;
  /** Where the last of `#chunks` may grow: its buffer has this much room left. */
  #room = 0;
  /** Who waits, oldest first; only while nothing is stored and no end was seen. */
  readonly #readers: Reader[] = [];
  #end: End | undefined;
  #closed = false;

  constructor(hooks: ReadHooks) {
    this.#hooks = hooks;
  }

  /** Whether a read would be the only one, with nothing stored and no end seen. */
  get idle(): boolean {
    return this.#readers.length === 0 && this.#stored === 0 &&
      this.#end === undefined && !this.#closed;
  }

  /** Whether a call waits. */
  get wanted(): boolean {
    return this.#readers.length > 0;
  }

  /** Whether the end has been pushed, or the queue closed. */
  get ended(): boolean {
    return this.#end !== undefined || this.#closed;
  }

  /** See `Conn.read`. */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    try {
      if (!isBytes(p)) {
        throw new TypeError(
          `Cannot read into ${typeof p}: give a Uint8Array to fill`,
        );
      }
      const limited = checkWait(options);
      if (this.#closed) throw this.#badResource();
      if (p.byteLength === 0) return Promise.resolve(0);
      if (this.#stored > 0) return Promise.resolve(this.#take(p));
      if (this.#end !== undefined) return ending(this.#end);
      const taker = new Waiter<number | null>();
      if (limited) this.#limit(taker, options);
      this.#wait({ into: p, taker });
      return taker.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See `Conn.readChunk`. */
  readChunk(options?: WaitOptions): Promise<Chunk | null> {
    try {
      const taker = new Waiter<Chunk | null>();
      if (checkWait(options)) this.#limit(taker, options);
      this.request(taker);
      return taker.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Asks for the next chunk, which `taker` gets the moment it is there. */
  request(taker: ChunkTaker): void {
    if (this.#closed) taker.reject(this.#badResource());
    else if (this.#stored > 0) taker.resolve(this.#takeChunk());
    else if (this.#end === undefined) this.#wait({ into: undefined, taker });
    else if (this.#end.error === null) taker.resolve(null);
    else taker.reject(this.#end.error);
  }

  /** Takes a request back, if it still waits. */
  cancel(taker: unknown): void {
    const at = this.#readers.findIndex((reader) => reader.taker === taker);
    if (at < 0) return;
    this.#readers.splice(at, 1);
    if (this.#readers.length === 0) this.#hooks.readWaiting(false);
  }

  /**
   * Takes in bytes, which go to whoever waits first.
   *
   * @param chunk The queue's own from now on.
   */
  push(chunk: Chunk): void {
    let rest = chunk;
    while (rest.byteLength > 0 && this.#readers.length > 0) {
      const reader = this.#readers.shift()!;
      let taken = rest.byteLength;
      if (reader.into === undefined) {
        reader.taker.resolve(rest);
      } else if (reader.into.byteLength === 0) {
        taken = 0;
        reader.taker.reject(
          new TypeError(
            "Cannot read into a buffer that was transferred away meanwhile: keep it until the read settles",
          ),
        );
      } else {
        taken = Math.min(reader.into.byteLength, taken);
        reader.into.set(
          taken === rest.byteLength ? rest : rest.subarray(0, taken),
        );
        reader.taker.resolve(taken);
      }
      rest = rest.subarray(taken);
      if (this.#readers.length === 0) this.#hooks.readWaiting(false);
    }
    if (rest.byteLength > 0 && !this.#closed) this.#store(rest);
  }

  /** Takes in the end: FIN (`null`), or an error. The first one stays. */
  end(error: Error | null): void {
    if (this.ended) return;
    this.#end = { error };
    this.#settleAll((taker) => {
      if (error === null) taker.resolve(null);
      else taker.reject(error);
    });
  }

  /** Closed here: those who wait are interrupted, what is stored is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks.length = 0;
    this.#stored = 0;
    this.#settleAll((taker) => {
      taker.reject(socketError("EINTR", "read", this.#hooks.address));
    });
  }

  #badResource(): Error {
    return socketError("EBADF", "read", this.#hooks.address);
  }

  #limit<T>(taker: Waiter<T>, options: WaitOptions): void {
    taker.limit(options, "read", this.#hooks, () => this.cancel(taker));
  }

  #wait(reader: Reader): void {
    this.#readers.push(reader);
    if (this.#readers.length > 1) return;
    this.#hooks.readWaiting(true);
    this.#hooks.demand();
  }

  #settleAll(settle: (taker: Reader["taker"]) => void): void {
    if (this.#readers.length === 0) return;
    for (const { taker } of this.#readers.splice(0)) settle(taker);
    this.#hooks.readWaiting(false);
  }

  #store(chunk: Chunk): void {
    const length = chunk.byteLength;
    const chunks = this.#chunks;
    if (length >= SMALL_CHUNK_BYTES) {
      chunks.push(chunk);
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
    this.#stored += length;
    if (this.#stored >= MAX_STORED_BYTES) this.#hooks.pause();
  }

  /** Fills `p` from what is stored. */
  #take(p: Uint8Array): number {
    let filled = 0;
    while (filled < p.byteLength && this.#chunks.length > 0) {
      const chunk = this.#chunks[0];
      const n = Math.min(chunk.byteLength, p.byteLength - filled);
      p.set(chunk.subarray(0, n), filled);
      filled += n;
      if (n === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(n);
    }
    this.#stored -= filled;
    return filled;
  }

  #takeChunk(): Chunk {
    const chunk = this.#chunks.shift()!;
    this.#stored -= chunk.byteLength;
    return chunk;
  }
}

function ending({ error }: End): Promise<null> {
  return error === null ? Promise.resolve(null) : Promise.reject(error);
}
