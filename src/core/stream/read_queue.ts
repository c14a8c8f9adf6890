/**
 * The reading half of a connection: bytes that have come, calls that wait for
 * some, and how the reading ends.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Addr, Chunk, WaitOptions } from "../../api/stream.ts";
import { socketError } from "../errno.ts";
import {
  bytesWanted,
  copyOf,
  isBytes,
  isLost,
  lostRoom,
  lostRoomMeanwhile,
  plain,
} from "./bytes.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/**
 * How much may lie here unread before the adapter stops taking from the system.
 *
 * 64 KiB is what libuv and Bun read at once, so a connection that no call
 * reads holds less than twice that; smaller would pause on every full read.
 */
const MAX_STORED_BYTES = 64 * 1024;

/** What the queue asks of its adapter. */
export interface ReadHooks {
  /** The peer's address, which errors name. */
  readonly remoteAddr: Addr;
  /** Called when a read is pending and nothing is stored. */
  demand(): void;
  /** Enough is stored: let no more come. */
  pause(): void;
  /** Calls wait (`true`), or none does any more: they keep the process alive. */
  readWaiting(waiting: boolean): void;
}

/** Who waits for a chunk: a call, or a stream that is being pulled. */
export interface ChunkTaker {
  /** Not a buffer to fill. */
  readonly into?: undefined;
  resolve(chunk: Chunk | null): void;
  reject(error: unknown): void;
}

/** A call that waits for bytes in a buffer. */
type ReadCall = PendingCall<number | null> & { readonly into: Uint8Array };

/** A call that waits for a chunk. */
type PendingChunk = PendingCall<Chunk | null> & ChunkTaker;

type Reader = ReadCall | ChunkTaker;

/** How the reading ended: at FIN, by an error, or by closing here. */
type End = { readonly error: Error | null };

/** What a queue gave up. */
export interface Detached {
  /** Unread bytes. */
  readonly chunks: readonly Chunk[];
  readonly end: End | undefined;
}

/** Serves reads in order from the bytes that an adapter pushes. */
export class ReadQueue {
  readonly #hooks: ReadHooks;
  /** Unread bytes; made when there are some for the first time. */
  #store: Store | undefined;
  /** How many bytes reads have got. */
  given = 0;
  /** Who waits longest; only while nothing is stored and no end was seen. */
  #reader: Reader | undefined;
  /** Who waits behind it: seldom anybody. */
  #others: Reader[] | undefined;
  #end: End | undefined;
  #closed = false;
  /** Why it is locked, or was closed, where that was not by the caller's `close()`. */
  #reason: string | undefined;
  /** Whether the adapter was told to let no more come. */
  #paused = false;

  constructor(hooks: ReadHooks) {
    this.#hooks = hooks;
  }

  /** Whether a read would be the only one, with nothing stored and no end seen. */
  get idle(): boolean {
    return this.#reader === undefined && this.#end === undefined &&
      !this.#closed && this.#reason === undefined && !this.#stores();
  }

  /** How many bytes lie here unread. */
  get stored(): number {
    return this.#store?.bytes ?? 0;
  }

  /** The first unread byte, if there is one. */
  get first(): number | undefined {
    return this.#store?.first;
  }

  /** Whether a call waits. */
  get wanted(): boolean {
    return this.#reader !== undefined;
  }

  /** What the first pending read is to get: bytes in its buffer, or a chunk. */
  get wants(): "bytes" | "chunk" | undefined {
    if (this.#reader === undefined) return undefined;
    return this.#reader.into === undefined ? "chunk" : "bytes";
  }

  /** Whether the end has been pushed, or the queue closed. */
  get ended(): boolean {
    return this.#end !== undefined || this.#closed;
  }

  /** See `Conn.read`. */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    try {
      if (!isBytes(p)) {
        throw bytesWanted("read into", p, "a Uint8Array to fill");
      }
      const limited = options !== undefined && checkWait(options);
      if (this.#closed || this.#reason !== undefined) {
        throw this.refusal(this.#reason);
      }
      if (p.byteLength === 0) {
        if (isLost(p)) throw lostRoom("read");
        return Promise.resolve(0);
      }
      if (this.#stores()) {
        const taken = this.#store!.take(p);
        this.given += taken;
        this.#letMoreCome();
        return Promise.resolve(taken);
      }
      if (this.#end !== undefined) return ending(this.#end);
      const call = new PendingCall<number | null>(p) as ReadCall;
      if (limited) this.#limit(call, options);
      this.#wait(call);
      return call.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See `Conn.readChunk`. */
  readChunk(options?: WaitOptions): Promise<Chunk | null> {
    try {
      const taker = new PendingCall<Chunk | null>() as PendingChunk;
      if (options !== undefined && checkWait(options)) {
        this.#limit(taker, options);
      }
      this.request(taker);
      return taker.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `readChunk`, for the caller of {@linkcode revoke}. */
  readRevoked(options: WaitOptions): Promise<Chunk | null> {
    if (this.#closed) return Promise.reject(this.refusal(this.#reason));
    const taker = new PendingCall<Chunk | null>() as PendingChunk;
    this.#limit(taker, options);
    this.#request(taker);
    return taker.promise;
  }

  /** Asks for the next chunk, which `taker` gets the moment it is there. */
  request(taker: ChunkTaker): void {
    if (this.#closed || this.#reason !== undefined) {
      taker.reject(this.refusal(this.#reason));
    } else this.#request(taker);
  }

  #request(taker: ChunkTaker): void {
    if (this.#stores()) {
      const chunk = this.#store!.takeChunk();
      this.given += chunk.byteLength;
      taker.resolve(chunk);
      this.#letMoreCome();
    } else if (this.#end === undefined) this.#wait(taker);
    else if (this.#end.error === null) taker.resolve(null);
    else taker.reject(this.#end.error);
  }

  /** Takes a request back, or every one of that taker, if it still waits. */
  cancel(taker: unknown): void {
    if (this.#reader === undefined) return;
    const left = [this.#reader, ...this.#others ?? []]
      .filter((reader) => reader !== taker);
    this.#reader = left.shift();
    this.#others = left.length > 0 ? left : undefined;
    if (this.#reader === undefined) this.#hooks.readWaiting(false);
  }

  /**
   * Takes in bytes, which go to the first pending read.
   *
   * @param owned Whether `chunk` is the queue's own from now on, and in a buffer of
   *   its own; otherwise it is looked at during the call only.
   */
  push(chunk: Chunk, owned: boolean): void {
    let rest = chunk;
    while (this.#reader !== undefined && rest.byteLength > 0) {
      const reader = this.#reader;
      this.#advance();
      if (reader.into === undefined) {
        this.given += rest.byteLength;
        reader.resolve(owned ? plain(rest) : copyOf(rest));
        return;
      }
      const taken = fill(reader, rest);
      this.given += taken;
      if (taken === rest.byteLength) return;
      rest = rest.subarray(taken);
    }
    if (rest.byteLength === 0 || this.#closed) return;
    this.#store ??= new Store();
    this.#store.put(rest, owned);
    if (this.#store.bytes < MAX_STORED_BYTES || this.#paused) return;
    this.#paused = true;
    this.#hooks.pause();
  }

  /** Takes in the end: FIN (`null`), or an error. The first one stays. */
  end(error: Error | null): void {
    if (this.ended) return;
    this.#end = { error };
    this.#settleAll((reader) => {
      if (error === null) reader.resolve(null);
      else reader.reject(error);
    });
  }

  /**
   * Closed here: calls that wait are interrupted, what is stored is dropped.
   *
   * @param reason Why, where that is not the caller's `close()`.
   */
  close(reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason ??= reason;
    this.#store = undefined;
    this.#interrupt();
  }

  /** Interrupts calls that wait and refuses later ones; bytes still come in. */
  revoke(reason: string): void {
    this.#reason = reason;
    this.#interrupt();
  }

  /** The error of a read that waited when this was closed or revoked, once it was. */
  get interrupted(): SocketError | undefined {
    if (!this.#closed && this.#reason === undefined) return undefined;
    return socketError("EINTR", "read", this.#hooks.remoteAddr, {
      reason: this.#reason,
    });
  }

  /** Whether it is locked. */
  get locked(): boolean {
    return this.#reason !== undefined;
  }

  /** Refuses reads, and takes in bytes. @param reason What those who read are told; none ends it. */
  lock(reason: string | undefined): void {
    this.#reason = reason;
  }

  /**
   * Gives up what is here to another queue, and is closed.
   *
   * @param reason What those who still read are told.
   */
  detach(reason: string): Detached {
    const chunks: Chunk[] = [];
    while (this.#stores()) chunks.push(this.#store!.takeChunk());
    this.#reason = reason;
    this.close();
    return { chunks, end: this.#end };
  }

  #stores(): boolean {
    return this.#store !== undefined && this.#store.bytes > 0;
  }

  /**
   * Something was taken: once nothing is left, the next bytes come while the
   * caller deals with the last ones.
   */
  #letMoreCome(): void {
    if (!this.#paused || this.#stores() || this.ended) return;
    this.#paused = false;
    this.#hooks.demand();
  }

  /** The error of reads that are refused. */
  refusal(reason: string | undefined): SocketError {
    return socketError("EBADF", "read", this.#hooks.remoteAddr, { reason });
  }

  #limit<T>(taker: PendingCall<T>, options: WaitOptions): void {
    taker.limit(
      options,
      "read",
      this.#hooks.remoteAddr,
      () => this.cancel(taker),
    );
  }

  #wait(reader: Reader): void {
    if (this.#reader !== undefined) {
      (this.#others ??= []).push(reader);
      return;
    }
    this.#reader = reader;
    this.#hooks.readWaiting(true);
    this.#paused = false;
    this.#hooks.demand();
  }

  /** Lets the next one come to the front. */
  #advance(): void {
    this.#reader = this.#others?.shift();
    if (this.#reader === undefined) this.#hooks.readWaiting(false);
  }

  #interrupt(): void {
    this.#settleAll((reader) => reader.reject(this.interrupted));
  }

  #settleAll(settle: (reader: Reader) => void): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const others = this.#others;
    this.#reader = this.#others = undefined;
    settle(reader);
    others?.forEach(settle);
    this.#hooks.readWaiting(false);
  }
}

/** Fills a waiting call's buffer. @returns How many bytes went into it. */
function fill(call: ReadCall, bytes: Uint8Array): number {
  const { into } = call;
  const room = into.byteLength;
  if (room === 0) {
    call.reject(lostRoomMeanwhile("read"));
    return 0;
  }
  const taken = Math.min(room, bytes.byteLength);
  into.set(taken === bytes.byteLength ? bytes : bytes.subarray(0, taken));
  call.resolve(taken);
  return taken;
}

function ending({ error }: End): Promise<null> {
  return error === null ? Promise.resolve(null) : Promise.reject(error);
}

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
