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
 * The smallest and the largest buffer of a queued read. The size doubles when a read
 * fills the buffer, and halves when it fills less than a quarter. So an idle connection
 * holds little memory, and a busy one makes few system calls.
 */
const MIN_READ_BYTES = 8 * 1024;
const MAX_READ_BYTES = 256 * 1024;

/** Up to this length bytes are copied, and the read buffer is used again. */
const MAX_COPIED_BYTES = 2 * 1024;

/** The backend. At most one `Deno.Conn.read()` is pending at a time. */
export class DenoConnBackend<A extends Addr> implements ConnBackend<A> {
  readonly localAddr: A;
  readonly remoteAddr: A;
  readonly sendsByReference = true;
  readsDirectly = false;
  readonly #conn: Deno.Conn;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  /** Whether a `Deno.Conn.read()` is pending. */
  #reading = false;
  /** Whether no call waits for that read, which then does not keep the process alive. */
  #idle = false;
  /** Whether pending reads keep the process alive: see `ref()`. */
  #isRef = true;
  #readBytes = MIN_READ_BYTES;
  /**
   * The buffer of queued reads. It is used again unless its bytes were passed on
   * uncopied.
   */
  #slab: Chunk | undefined;
  /** The buffer of the pending direct read. */

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
    this.#setIdle(false);
    return this.#conn.read(p).then(this.#readDone, this.#readFailed);
  }

  demand(): void {
    if (!this.#reading && this.#reads.isAwaited) this.#read();
  }

  #read(): void {
    this.#reading = true;
    if (this.#slab?.byteLength !== this.#readBytes) {
      this.#slab = new Uint8Array(this.#readBytes);
    }
    this.#conn.read(this.#slab).then(this.#readDone, this.#readFailed);
  }

  pause(): void {
    // Deno reads only on demand.
  }

  async lookAhead(): Promise<void> {
    if (!this.#reading && !this.#reads.ended && this.#reads.stored === 0) {
      this.#setIdle(true);
      this.#read();
    }
    // Bytes that the kernel holds arrive in a turn in which Deno polls it. Deno polls
    // for each timer, but not for each setImmediate() (seen with 2.9).
    for (let turns = 0; turns < 2; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  readWaiting(waiting: boolean): void {
    this.#setIdle(!waiting);
  }

  writeWaiting(): void {
    // A pending `Deno.Conn.write()` keeps the process alive by itself.
  }

  send(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  writeFailure(reason: unknown): SocketError {
    // Not a permission error: Deno checks permissions when connecting, never when
    // writing.
    return translate(reason, "write", this.remoteAddr) as SocketError;
  }

  shutdown(): Promise<void> {
    return this.#conn.closeWrite().catch((error) => {
      throw translate(error, "closeWrite", this.remoteAddr);
    });
  }

  close(): void {
    // Deno cannot send RST: it exposes no SO_LINGER, and calls shutdown(2) before every
    // close. So the peer always reads EOF.
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

  /**
   * @throws {SocketError} the kernel refuses an option, such as on a socket that was
   *   reset
   */
  #set(operation: Operation, set: (conn: Deno.TcpConn) => void): void {
    try {
      set(this.#conn as Deno.TcpConn);
    } catch (error) {
      throw translate(error, operation, this.remoteAddr);
    }
  }

  ref(): void {
    this.#isRef = true;
    if (!this.#idle) this.#conn.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#conn.unref();
  }

  // Created once: otherwise each pending read would hold closures of its own.
  readonly #readDone = (n: number | null): number | null => {
    const direct = this.readsDirectly;
    this.#reading = this.readsDirectly = false;
    // Set if a close or a revoke interrupts the read, which Deno cannot cancel.
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
    else if (interrupted === undefined) this.#reads.bytesRead += n;
    if (this.#reads.isAwaited) this.demand();
    if (interrupted !== undefined) throw interrupted;
    return n;
  };

  readonly #readFailed = (native: unknown): null => {
    const direct = this.readsDirectly;
    this.#reading = this.readsDirectly = false;
    this.#slab = undefined;
    if (direct && isFault(native)) throw this.#without();
    const error = this.#broken(native);
    this.#reads.end(error);
    if (direct) throw this.#reads.interrupted ?? error;
    return null;
  };

  /**
   * Creates the error of a direct read whose buffer was resized meanwhile: EFAULT,
   * without a byte consumed. If the buffer was transferred, the read fills it at its
   * new place.
   */
  #without(): TypeError {
    if (this.#reads.isAwaited) this.demand();
    return lostRoomMeanwhile("read");
  }

  /**
   * Calls `#take`. An exception fails both queues: as an unhandled rejection it would
   * end the process.
   */
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

  /** Passes the bytes of a queued read to the read queue. */
  #take(n: number): void {
    const slab = this.#slab!;
    const small = n <= MAX_COPIED_BYTES;
    if (!small) this.#slab = undefined;
    this.#adapt(n);
    this.#reads.push(slab.subarray(0, n), !small);
  }

  /**
   * Returns the error of reads after Deno has returned `null`; `null` for a true EOF.
   * The kernel reports a reset once: if a write fails with it, reads return EOF.
   */
  #ending(): Error | null {
    return this.#writes.error?.code === "ECONNRESET"
      ? socketError("ECONNRESET", "read", this.remoteAddr, {
        cause: this.#writes.error,
      })
      : null;
  }

  /** Translates the error of a read. A reset fails the write queue too. */
  #broken(native: unknown): Error {
    const error = translate(native, "read", this.remoteAddr);
    // After a local close, the queues ignore errors.
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
    if (!this.#isRef) return;
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

/** Whether a read failed because its buffer is gone; Windows calls it WSAEFAULT. */
function isFault(native: unknown): boolean {
  const { code, message = "" } = native as { code?: string; message?: string };
  return code === "EFAULT" || message.endsWith("(os error 10014)");
}
