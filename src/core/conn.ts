/**
 * The connection that every runtime gives: two queues, two streams, and below
 * them the link that a wing supplies.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Operation } from "../errors.ts";
import type {
  Addr,
  Chunk,
  Conn,
  KeepAliveOptions,
  WaitOptions,
} from "../types.ts";
import { isBytes } from "./bytes.ts";
import { checkKeepAlive } from "./options.ts";
import { ReadQueue } from "./read_queue.ts";
import { readableOf, writableOf } from "./streams.ts";
import { WriteQueue } from "./write_queue.ts";
import type { ReadHooks } from "./read_queue.ts";
import type { WriteHooks } from "./write_hooks.ts";

/** What a wing supplies for one connection: the runtime's socket, tamed. */
export interface Link<A extends Addr = Addr> extends ReadHooks, WriteHooks {
  /** This end's address. */
  readonly localAddr: A;
  /** The peer's, which errors name. */
  readonly address: A;
  /**
   * Reads straight into `p`, where the runtime pulls: called only while the
   * queue is idle. `undefined` when it cannot be done now.
   */
  readDirect?(p: Uint8Array): Promise<number | null> | undefined;
  /** Hands the link the queues that it feeds. */
  attach(reads: ReadQueue, writes: WriteQueue): void;
  /** Frees the descriptor. @param cut Whether to reset: bytes were lost, or are to be. */
  close(cut: boolean): void;
  /** Called on open TCP connections only. */
  setNoDelay(noDelay: boolean): void;
  /** Called on open TCP connections only. */
  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void;
  /** See `Conn.ref`. */
  ref(): void;
  /** See `Conn.unref`. */
  unref(): void;
}

/** Makes the connection over a link. */
export function connOver<A extends Addr>(link: Link<A>): Conn<A> {
  return new StreamConn(link);
}

/**
 * Whether a connection reads straight into the caller's buffer, so that using
 * one buffer again and again costs less than a new chunk for each read.
 */
export function readsInPlace(conn: object): boolean {
  return StreamConn.readsInPlace(conn);
}

/**
 * Whether closing a connection at once loses nothing: the peer has ended or
 * broken off, so that nothing of its lies unread, and no write waits; or it is
 * closed already.
 */
export function isSpent(conn: object): boolean {
  return StreamConn.isSpent(conn);
}

class StreamConn<A extends Addr> implements Conn<A> {
  readonly #link: Link<A>;
  readonly #reads: ReadQueue;
  readonly #writes: WriteQueue;
  #readable: ReadableStream<Chunk> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  /** How many of the two streams are done. */
  #streamsDone = 0;
  #closed = false;

  constructor(link: Link<A>) {
    this.#link = link;
    this.#reads = new ReadQueue(link);
    this.#writes = new WriteQueue(link);
    link.attach(this.#reads, this.#writes);
  }

  static readsInPlace(conn: object): boolean {
    return #link in conn && conn.#link.readDirect !== undefined;
  }

  static isSpent(conn: object): boolean {
    return #link in conn &&
      (conn.#closed || (conn.#reads.ended && !conn.#writes.waits));
  }

  get localAddr(): A {
    return this.#link.localAddr;
  }

  get remoteAddr(): A {
    return this.#link.address;
  }

  get bytesRead(): number {
    return this.#reads.given;
  }

  get bytesWritten(): number {
    return this.#writes.taken;
  }

  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    const link = this.#link;
    if (
      link.readDirect !== undefined && options === undefined &&
      this.#reads.idle && isBytes(p) && p.byteLength > 0
    ) {
      const reading = link.readDirect(p);
      if (reading !== undefined) return reading;
    }
    return this.#reads.read(p, options);
  }

  readChunk(options?: WaitOptions): Promise<Chunk | null> {
    return this.#reads.readChunk(options);
  }

  write(
    p: Uint8Array | readonly Uint8Array[],
    options?: WaitOptions,
  ): Promise<number> {
    return this.#writes.write(p, options);
  }

  closeWrite(): Promise<void> {
    return this.#writes.closeWrite();
  }

  close(): void {
    this.#end(false);
  }

  reset(): void {
    this.#end(true);
  }

  get readable(): ReadableStream<Chunk> {
    return this.#readable ??= readableOf(
      this.#reads,
      () => this.#streamDone(),
    );
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= writableOf(this, () => this.#streamDone());
  }

  /** See `StreamSink`. */
  get writeWaits(): boolean {
    return this.#writes.waits;
  }

  setNoDelay(noDelay = true): void {
    this.#checkTcp("setNoDelay");
    this.#link.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean | KeepAliveOptions = true): void {
    const { on, delayMs } = checkKeepAlive(keepAlive);
    this.#checkTcp("setKeepAlive");
    this.#link.setKeepAlive(on, delayMs);
  }

  ref(): void {
    this.#link.ref();
  }

  unref(): void {
    this.#link.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(reset: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    // The queues first: what the runtime rejects afterwards is then known to
    // be our own doing.
    const cut = this.#writes.close();
    this.#reads.close();
    this.#link.close(cut || reset);
  }

  #streamDone(): void {
    this.#streamsDone++;
    if (this.#streamsDone === 2) this.close();
  }

  #checkTcp(operation: Operation): void {
    const { address } = this.#link;
    if (this.#closed) throw socketError("EBADF", operation, address);
    if (address.transport !== "tcp") {
      throw socketError("ENOTSUP", operation, address, {
        reason: "it is not a TCP connection",
      });
    }
  }
}
