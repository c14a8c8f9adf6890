/**
 * The reading half of a connection: stored bytes, pending reads, and the end of
 * reading.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Chunk, WaitOptions } from "../../api/stream.ts";
import { type ErrorDetails, socketError } from "../errno.ts";
import {
  bytesWanted,
  copyOf,
  isBytes,
  isLost,
  lostRoom,
  plain,
} from "./bytes.ts";
import type { ReadBackend } from "./backend.ts";
import { type Need, NotUtf8 } from "./needs.ts";
import {
  type ChunkTaker,
  type End,
  fill,
  NeedCall,
  type PendingChunk,
  type ReadCall,
  type Reader,
  serveFrom,
  sizeOf,
} from "./readers.ts";
import { Store } from "./store.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/**
 * Unread bytes stored here before the adapter stops reading from the kernel.
 *
 * libuv and Bun read up to 64 KiB at once, so a connection without reads stores less
 * than twice that. A smaller limit would pause on every full read.
 */
const MAX_STORED_BYTES = 64 * 1024;

/** What {@linkcode ReadQueue.detach} returns. */
export interface Detached {
  /** Unread bytes. */
  readonly chunks: readonly Chunk[];
  readonly end: End | undefined;
}

/** Serves reads in order from the bytes that an adapter pushes. */
export class ReadQueue {
  readonly #backend: ReadBackend;
  /** Unread bytes; created when the first bytes are stored. */
  #store: Store | undefined;
  /** Total bytes that reads have returned. */
  bytesRead = 0;
  /**
   * The oldest pending read. Set only while no end is known, and nothing is stored but
   * for a read that needs more.
   */
  #reader: Reader | undefined;
  /** Later pending reads; usually none. */
  #others: Reader[] | undefined;
  #end: End | undefined;
  #closed = false;
  /** Why reads are refused or interrupted; `undefined` after the caller's `close()`. */
  #reason: string | undefined;
  /** Whether the adapter is paused. */
  #paused = false;

  constructor(backend: ReadBackend) {
    this.#backend = backend;
  }

  /** Whether no read is pending, nothing is stored, and no end is known. */
  get idle(): boolean {
    return this.#reader === undefined && this.#end === undefined &&
      !this.#closed && this.#reason === undefined && !this.#stores();
  }

  /** How many unread bytes are stored. */
  get stored(): number {
    return this.#store?.bytes ?? 0;
  }

  /** The first unread byte, if there is one. */
  get first(): number | undefined {
    return this.#store?.first;
  }

  /** Whether a read is pending. */
  get isAwaited(): boolean {
    return this.#reader !== undefined;
  }

  /** What the oldest pending read takes: bytes into its buffer, or a chunk. */
  get wants(): "bytes" | "chunk" | undefined {
    const reader = this.#reader;
    if (reader === undefined || reader instanceof NeedCall) return undefined;
    return reader.into === undefined ? "chunk" : "bytes";
  }

  /** Whether the end has been pushed, or the queue is closed. */
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
      if (this.#reader === undefined && this.#stores()) {
        const taken = this.#store!.take(p);
        this.bytesRead += taken;
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

  /**
   * Reads what a call needs: see `Conn.readExactly` and the like.
   *
   * @param limits Checked before; `undefined` without a limit of time.
   */
  readNeeded<T>(
    need: Need<T>,
    limits: WaitOptions | undefined,
  ): Promise<T | null> {
    try {
      if (this.#closed || this.#reason !== undefined) {
        throw this.refusal(this.#reason);
      }
      if (this.#reader === undefined) {
        const size = this.#sizeOf(need);
        if (size === null) return Promise.resolve(null);
        if (size !== undefined) {
          return Promise.resolve(this.#takeFor(need, size));
        }
      }
      const call = new NeedCall(need);
      if (limits !== undefined) this.#limit(call, limits);
      this.#wait(call as NeedCall<unknown>);
      return call.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Reads as `readChunk` does, for the caller of {@linkcode revoke}. */
  readRevoked(options: WaitOptions): Promise<Chunk | null> {
    if (this.#closed) return Promise.reject(this.refusal(this.#reason));
    const taker = new PendingCall<Chunk | null>() as PendingChunk;
    this.#limit(taker, options);
    this.#request(taker);
    return taker.promise;
  }

  /** Requests the next chunk; `taker` receives it as soon as it arrives. */
  request(taker: ChunkTaker): void {
    if (this.#closed || this.#reason !== undefined) {
      taker.reject(this.refusal(this.#reason));
    } else this.#request(taker);
  }

  #request(taker: ChunkTaker): void {
    if (this.#reader !== undefined) this.#wait(taker);
    else if (this.#stores()) {
      const chunk = this.#store!.takeChunk();
      this.bytesRead += chunk.byteLength;
      taker.resolve(chunk);
      this.#letMoreCome();
    } else if (this.#end === undefined) this.#wait(taker);
    else if (this.#end.error === null) taker.resolve(null);
    else taker.reject(this.#end.error);
  }

  /** Removes all pending requests of a taker. */
  cancel(taker: unknown): void {
    if (this.#reader === undefined) return;
    const left = [this.#reader, ...this.#others ?? []]
      .filter((reader) => reader !== taker);
    this.#reader = left.shift();
    this.#others = left.length > 0 ? left : undefined;
    if (this.#reader === undefined) this.#backend.readWaiting(false);
    this.#serve();
    this.#pauseIfFull();
  }

  /**
   * Passes received bytes to pending reads and stores the rest.
   *
   * @param owned Whether the queue may keep `chunk`, which then has a buffer of its
   *   own. Otherwise `chunk` is valid only during the call.
   */
  push(chunk: Chunk, owned: boolean): void {
    let rest = chunk;
    while (this.#reader !== undefined && rest.byteLength > 0) {
      const reader = this.#reader;
      if (reader instanceof NeedCall) break;
      this.#advance();
      if (reader.into === undefined) {
        this.bytesRead += rest.byteLength;
        reader.resolve(owned ? plain(rest) : copyOf(rest));
        return;
      }
      const taken = fill(reader, rest);
      this.bytesRead += taken;
      if (taken === rest.byteLength) return;
      rest = rest.subarray(taken);
    }
    if (rest.byteLength === 0 || this.#closed) return;
    this.#store ??= new Store();
    this.#store.put(rest, owned);
    if (this.#reader !== undefined) this.#serve();
    this.#pauseIfFull();
  }

  /** Pauses the adapter, unless a read needs more than is stored. */
  #pauseIfFull(): void {
    if (
      this.#paused || this.#reader !== undefined || this.ended ||
      this.stored < MAX_STORED_BYTES
    ) return;
    this.#paused = true;
    this.#backend.pause();
  }

  /** Ends the reading: at FIN (`null`), or by an error. Only the first end counts. */
  end(error: Error | null): void {
    if (this.ended) return;
    this.#end = { error };
    this.#serve();
  }

  /** Serves pending reads from the store, and from the end, as far as they go. */
  #serve(): void {
    for (
      let reader = this.#reader;
      reader !== undefined;
      reader = this.#reader
    ) {
      if (reader instanceof NeedCall) {
        try {
          const size = this.#sizeOf(reader.need);
          if (size === undefined) return;
          const { need } = reader;
          const result = size === null ? null : this.#takeFor(need, size);
          this.#advance();
          reader.resolve(result);
        } catch (error) {
          this.#advance();
          reader.reject(error);
        }
      } else if (this.#stores()) {
        this.#advance();
        this.bytesRead += serveFrom(this.#store!, reader);
        this.#letMoreCome();
      } else if (this.#end === undefined) return;
      else {
        this.#advance();
        if (this.#end.error === null) reader.resolve(null);
        else reader.reject(this.#end.error);
      }
    }
  }

  #sizeOf(need: Need<unknown>): number | null | undefined {
    return sizeOf(
      need,
      this.#store,
      this.#end,
      (code, details) => this.#failure(code, details),
    );
  }

  #takeFor<T>(need: Need<T>, size: number): T {
    const before = this.stored;
    let result: T;
    try {
      result = need.take(this.#store!, size);
    } catch (error) {
      if (!(error instanceof NotUtf8)) throw error;
      throw this.#failure("EBADMSG", {
        reason: "the line is not UTF-8; its bytes stay for the next read",
      });
    }
    this.bytesRead += before - this.stored;
    this.#letMoreCome();
    return result;
  }

  #failure(code: string, details: ErrorDetails): SocketError {
    return socketError(code, "read", this.#backend.remoteAddr, details);
  }

  /**
   * Closes the queue: pending reads are interrupted, stored bytes are dropped.
   *
   * @param reason Why; omitted for the caller's own `close()`.
   */
  close(reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason ??= reason;
    this.#store = undefined;
    this.#interrupt();
  }

  /**
   * Interrupts pending reads and refuses later ones; received bytes are still stored.
   */
  revoke(reason: string): void {
    this.#reason = reason;
    this.#interrupt();
  }

  /**
   * The error of reads that a close or a revoke interrupts; `undefined` before either.
   */
  get interrupted(): SocketError | undefined {
    if (!this.#closed && this.#reason === undefined) return undefined;
    return socketError("EINTR", "read", this.#backend.remoteAddr, {
      reason: this.#reason,
    });
  }

  /** Why reads are refused; `undefined` while they are not. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Refuses reads, and still stores bytes. */
  lock(reason: string): void {
    this.#reason = reason;
  }

  /** Undoes `lock()`, unless a revoke or a close has replaced its reason. */
  unlock(reason: string): void {
    if (this.#reason === reason) this.#reason = undefined;
  }

  /**
   * Closes the queue and returns its bytes for another queue.
   *
   * @param reason Ends the messages of the errors of later reads.
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
   * Resumes the adapter once the store is empty. The next bytes then arrive while the
   * caller processes the last ones.
   */
  #letMoreCome(): void {
    if (!this.#paused || this.#stores() || this.ended) return;
    this.#paused = false;
    this.#backend.demand();
  }

  /** Creates the error of refused reads. */
  refusal(reason: string | undefined): SocketError {
    return socketError("EBADF", "read", this.#backend.remoteAddr, { reason });
  }

  #limit<T>(taker: PendingCall<T>, options: WaitOptions): void {
    taker.limit(
      options,
      "read",
      this.#backend.remoteAddr,
      () => this.cancel(taker),
    );
  }

  #wait(reader: Reader): void {
    if (this.#reader !== undefined) {
      (this.#others ??= []).push(reader);
      return;
    }
    this.#reader = reader;
    this.#backend.readWaiting(true);
    this.#paused = false;
    this.#backend.demand();
  }

  /** Removes the oldest pending read. */
  #advance(): void {
    this.#reader = this.#others?.shift();
    if (this.#reader === undefined) this.#backend.readWaiting(false);
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
    this.#backend.readWaiting(false);
  }
}

function ending({ error }: End): Promise<null> {
  return error === null ? Promise.resolve(null) : Promise.reject(error);
}
