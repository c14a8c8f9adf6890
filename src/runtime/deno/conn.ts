/**
 * A `Deno.Conn` as the backend below a connection.
 *
 * @module
 */
import { lostRoomMeanwhile } from "../../core/stream/bytes.ts";
import type { ConnBackend } from "../../core/stream/backend.ts";
import type { ReadQueue } from "../../core/stream/read_queue.ts";
import type { WriteQueue } from "../../core/stream/write_queue.ts";
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { Ends } from "../adapter.ts";
import { translate } from "./errors.ts";

/**
 * What a queued read asks for at first, and at most. It doubles while reads
 * fill it and halves while they do not, so that a quiet connection holds
 * little and a busy one makes few system calls.
 */
const MIN_READ_BYTES = 8 * 1024;
const MAX_READ_BYTES = 256 * 1024;

/** What is worth copying, so that the buffer that was read into can be used again. */
const MAX_COPIED_BYTES = 2 * 1024;

/** The backend. */
export class DenoConnBackend<A extends Addr> implements ConnBackend<A> {
  readonly localAddr: A;
  readonly remoteAddr: A;
  readonly sendsByReference = true;
  readsDirectly = false;
  readonly #conn: Deno.Conn;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  /** Whether a read of Deno's is under way. */
  #reading = false;
  /** Whether that read is held back from keeping the process alive: its caller was cancelled. */
  #idle = false;
  /** Whether the caller wants reads to keep the process alive. */
  #wanted = true;
  #readBytes = MIN_READ_BYTES;
  /** What a queued read is read into, and the next one again if no read got it. */
  #slab: Chunk | undefined;
  /** What a direct read is for. */
  #into: Uint8Array | undefined;

  constructor(conn: Deno.Conn, { localAddr, remoteAddr }: Ends<A>) {
    this.#conn = conn;
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    this.#reads = reads;
    this.#writes = writes;
  }

  readDirect(p: Uint8Array): Promise<number | null> | undefined {
    if (this.#reading) return undefined;
    this.#reading = this.readsDirectly = true;
    this.#into = p;
    this.#setIdle(false);
    return this.#conn.read(p).then(this.#readDone, this.#readFailed);
  }

  demand(): void {
    if (!this.#reading && this.#reads.wanted) this.#read();
  }

  #read(): void {
    this.#reading = true;
    if (this.#slab?.byteLength !== this.#readBytes) {
      this.#slab = new Uint8Array(this.#readBytes);
    }
    this.#conn.read(this.#slab).then(this.#readDone, this.#readFailed);
  }

  pause(): void {
    // Bytes come only for a read that asked for them.
  }

  async lookAhead(): Promise<void> {
    if (!this.#reading && !this.#reads.ended && this.#reads.stored === 0) {
      this.#setIdle(true);
      this.#read();
    }
    // Bytes that are there come within a turn in which the system is asked, as it
    // is for a timer, but not for each setImmediate() (seen with 2.9).
    for (let turns = 0; turns < 2; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  readWaiting(waiting: boolean): void {
    this.#setIdle(!waiting);
  }

  writeWaiting(): void {
    // Deno's writes keep the process alive by themselves.
  }

  send(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  writeFailure(reason: unknown): SocketError {
    // Permissions are asked for when connecting, never when writing.
    return translate(reason, "write", this.remoteAddr) as SocketError;
  }

  shutdown(): Promise<void> {
    return this.#conn.closeWrite().catch((error) => {
      throw translate(error, "closeWrite", this.remoteAddr);
    });
  }

  close(): void {
    // There is no way to reset: with SO_LINGER out of reach, and shutdown(2)
    // called before every close, the peer always sees an end.
    this.#conn.close();
  }

  setNoDelay(noDelay: boolean): void {
    this.#set("setNoDelay", (conn) => conn.setNoDelay(noDelay));
  }

  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void {
    if (delayMs !== undefined) {
      throw socketError("ENOTSUP", "setKeepAlive", this.remoteAddr, {
        reason: "Deno cannot set delayMs; leave it out",
      });
    }
    this.#set("setKeepAlive", (conn) => conn.setKeepAlive(keepAlive));
  }

  /** @throws {SocketError} the system refuses an option, such as of a socket that was reset */
  #set(operation: Operation, set: (conn: Deno.TcpConn) => void): void {
    try {
      set(this.#conn as Deno.TcpConn);
    } catch (error) {
      throw translate(error, operation, this.remoteAddr);
    }
  }

  ref(): void {
    this.#wanted = true;
    if (!this.#idle) this.#conn.ref();
  }

  unref(): void {
    this.#wanted = false;
    this.#conn.unref();
  }

  // Made once: a read that waits would hold functions of its own.
  readonly #readDone = (n: number | null): number | null => {
    const direct = this.readsDirectly;
    this.#reading = this.readsDirectly = false;
    this.#into = undefined;
    // Its call was to be interrupted, which Deno's reads cannot be.
    const interrupted = direct ? this.#reads.interrupted : undefined;
    if (n === null) {
      this.#slab = undefined;
      const error = this.#ending();
      this.#reads.end(error);
      if (interrupted !== undefined) throw interrupted;
      if (error !== null && direct) throw error;
      return null;
    }
    if (!direct) this.#takeGuarded(n);
    else if (interrupted === undefined) this.#reads.given += n;
    if (this.#reads.wanted) this.demand();
    if (interrupted !== undefined) throw interrupted;
    return n;
  };

  readonly #readFailed = (native: unknown): null => {
    const direct = this.readsDirectly;
    this.#reading = this.readsDirectly = false;
    this.#slab = undefined;
    if (direct && this.#into!.byteLength === 0) throw this.#without();
    this.#into = undefined;
    const error = this.#broken(native);
    this.#reads.end(error);
    if (direct) throw this.#reads.interrupted ?? error;
    return null;
  };

  /**
   * The failure of a direct read whose caller has resized its buffer meanwhile: EFAULT,
   * and nothing was taken. One that was transferred is filled wherever it is.
   */
  #without(): TypeError {
    if (this.#reads.wanted) this.demand();
    return lostRoomMeanwhile("read");
  }

  /** A fault in it would be a rejection that nothing handles, and end the process. */
  #takeGuarded(n: number): void {
    try {
      this.#take(n);
    } catch (fault) {
      this.#reads.end(translate(fault, "read", this.remoteAddr));
      this.#writes.fail(
        translate(fault, "write", this.remoteAddr) as SocketError,
      );
    }
  }

  /** Passes on what a queued read has read. */
  #take(n: number): void {
    const slab = this.#slab!;
    const small = n <= MAX_COPIED_BYTES;
    if (!small) this.#slab = undefined;
    this.#adapt(n);
    this.#reads.push(slab.subarray(0, n), !small);
  }

  /**
   * How the reading ends where Deno says `null`: the system reports a reset
   * once, and if a write was told of it, the reads are not.
   */
  #ending(): Error | null {
    return this.#writes.error?.code === "ECONNRESET"
      ? socketError("ECONNRESET", "read", this.remoteAddr, {
        cause: this.#writes.error,
      })
      : null;
  }

  /** A read's failure, which ends the writing too. */
  #broken(native: unknown): Error {
    const error = translate(native, "read", this.remoteAddr);
    // After closing here the queues no longer listen.
    if (error instanceof SocketError && error.code === "ECONNRESET") {
      this.#writes.fail(
        socketError(error.code, "write", this.remoteAddr, { cause: native }),
      );
    }
    return error;
  }

  #setIdle(idle: boolean): void {
    if (this.#idle === idle) return;
    this.#idle = idle;
    if (!this.#wanted) return;
    if (idle) this.#conn.unref();
    else this.#conn.ref();
  }

  #adapt(n: number): void {
    if (n === this.#readBytes) {
      this.#readBytes = Math.min(n * 2, MAX_READ_BYTES);
    } else if (n < this.#readBytes / 4) {
      this.#readBytes = Math.max(this.#readBytes / 2, MIN_READ_BYTES);
    }
  }
}
