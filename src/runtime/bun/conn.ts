/**
 * An accepted socket of `Bun.listen` as the backend below a connection.
 *
 * @module
 */
import type { ConnBackend } from "../../core/stream/backend.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import type { ReadQueue } from "../../core/stream/read_queue.ts";
import type { WriteQueue } from "../../core/stream/write_queue.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import { translate } from "../node_api/errors.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { Ends } from "../adapter.ts";
import type { BunSocket } from "./api.ts";

/** What Bun keeps with a socket: the receiver of its events. */
export interface EventTarget {
  events: RawEvents;
}

/** A plain socket's events. */
export interface RawEvents {
  /** The peer's bytes; the socket may be paused. */
  onData(chunk: Chunk): void;
  /** The kernel may have room again; Bun emits this more often than it has. */
  onDrain(): void;
  /** The peer's FIN. */
  onEnd(): void;
  /** The connection is over, in both directions. */
  onClose(error: Error | undefined): void;
  /** A handler has thrown; the socket is being reset. */
  onFault(fault: unknown): void;
}

/**
 * The backend. It receives the socket's events from the start, before `accept()`: Bun
 * reports a reset at once, with the bytes before it, even while the socket is paused.
 *
 * | state    | meaning                                    | left on                              |
 * | -------- | ------------------------------------------ | ------------------------------------ |
 * | queued   | in the accept queue; events are kept       | `accept`: reading, or refused        |
 * | reading  | bytes go to the read queue                 | `pause`: paused; 'end': ended        |
 * | paused   | the socket is paused; the kernel has bytes | `demand`: reading                    |
 * | ended    | the peer has sent FIN; writing goes on     | 'close': closed                      |
 * | closed   | both queues have their end or their error  |                                      |
 * | released | a TLS engine receives the socket's events  |                                      |
 *
 * After a failed write Bun reports a reset as 'end': `#writeError` then decides.
 */
export class BunConnBackend<A extends Addr>
  implements ConnBackend<A>, RawEvents {
  /** Both addresses are set by `accept()`. */
  localAddr!: A;
  remoteAddr!: A;
  /** Bun's `write` keeps no reference to the bytes that it did not take. */
  readonly sendsByReference = false;
  readonly #socket: BunSocket<unknown>;
  readonly #keepAlive: KeepAlive;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  /** Events before `attach()`, to be handled then. */
  #pending: (() => void)[] | undefined;
  #ended = false;
  /** How the connection ended before `attach()`, if it did. */
  #endedEarly: "closed" | "broken" | undefined;
  /** Continues the write that waits for 'drain'. */
  #onRoom: (() => void) | undefined;
  #paused = false;
  #finSent = false;
  /** The error of a failed write. Bun then reports a reset as a clean end. */
  #writeError: SocketError | undefined;

  constructor(socket: BunSocket<unknown>) {
    this.#socket = socket;
    this.#keepAlive = new KeepAlive(socket);
  }

  /** Whether a backend is one of these. */
  static isUnder(backend: ConnBackend<Addr>): backend is BunConnBackend<Addr> {
    return #socket in backend;
  }

  /** Releases the socket to a TLS engine. */
  release(): BunSocket<unknown> {
    this.#keepAlive.end();
    return this.#socket;
  }

  /** Passes the socket's events to `events` instead. */
  redirect(events: RawEvents): void {
    (this.#socket.data as EventTarget).events = events;
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    const again = this.#reads !== undefined;
    this.#reads = reads;
    this.#writes = writes;
    if (again) return;
    const pending = this.#pending ?? [];
    this.#pending = undefined;
    for (const handle of pending) handle();
    // Reading begins at once, as on Node.
    this.demand();
  }

  /**
   * Sets the addresses.
   *
   * @returns `false` where the connection is over, and the kernel has no addresses.
   */
  accept(ends: (socket: BunSocket<unknown>) => Ends<A> | undefined): boolean {
    const found = this.#endedEarly === "broken"
      ? undefined
      : ends(this.#socket);
    if (found === undefined) return false;
    this.localAddr = found.localAddr;
    this.remoteAddr = found.remoteAddr;
    // Over TCP, a reset can look like a close.
    return this.#endedEarly === undefined ||
      this.remoteAddr.transport === "unix";
  }

  demand(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  readWaiting(waiting: boolean): void {
    this.#keepAlive.waiting(waiting);
  }

  writeWaiting(waiting: boolean): void {
    this.#keepAlive.sending(waiting);
  }

  send(bytes: Uint8Array): number | Promise<number> {
    const sent = this.#socket.write(bytes);
    if (sent === bytes.byteLength) return sent;
    if (sent >= 0) {
      // The kernel's buffer is full: 'drain' follows.
      return new Promise((resolve) => {
        this.#onRoom = () => resolve(sent);
      });
    }
    // Bun does not report the errno. After the peer's FIN it is EPIPE, before it
    // ECONNRESET.
    const code = this.#reads.ended ? "EPIPE" : "ECONNRESET";
    this.#writeError = socketError(code, "write", this.remoteAddr);
    return Promise.reject(this.#writeError);
  }

  /** `send` rejects with the error of the write. */
  writeFailure(reason: unknown): SocketError {
    return reason as SocketError;
  }

  shutdown(): Promise<void> {
    this.#finSent = true;
    this.#socket.shutdown();
    return Promise.resolve();
  }

  close(reset: boolean): void {
    this.#keepAlive.end();
    if (reset && this.remoteAddr.transport === "tcp") this.#socket.terminate();
    else this.#socket.end();
  }

  /** Resets a connection that is not accepted. */
  refuse(): void {
    this.#socket.terminate();
  }

  setNoDelay(noDelay: boolean): void {
    this.#socket.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void {
    this.#socket.setKeepAlive(keepAlive, delayMs);
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  async lookAhead(): Promise<void> {
    // The current turn may have polled the kernel before.
    for (let turns = 0; turns < 2; turns++) await this.turn();
  }

  ref(): void {
    this.#keepAlive.ref();
  }

  unref(): void {
    this.#keepAlive.unref();
  }

  onData(chunk: Chunk): void {
    if (this.#reads === undefined) {
      return this.#keep(() => this.onData(chunk));
    }
    this.#reads.push(chunk, true);
  }

  onDrain(): void {
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#reads === undefined) return this.#keep(() => this.onEnd());
    if (this.#writeError === undefined) this.#reads.end(null);
  }

  onFault(fault: unknown): void {
    this.#keepAlive.end();
    if (this.#reads === undefined) {
      this.#endedEarly = "broken";
      return this.#keep(() => this.onFault(fault));
    }
    this.#reads.end(translate(fault, "read", this.remoteAddr));
    this.#writes.fail(translate(fault, "write", this.remoteAddr));
    this.onDrain();
  }

  onClose(error: Error | undefined): void {
    if (this.#reads === undefined) {
      this.#endedEarly = error === undefined && this.#ended
        ? "closed"
        : "broken";
      return this.#keep(() => this.onClose(error));
    }
    const failure = error === undefined
      ? this.#writeError
      : translate(error, "read", this.remoteAddr);
    if (failure === undefined && this.#finSent) {
      // After this end's FIN, Bun reports the peer's FIN as a close only.
      this.#reads.end(null);
    } else if (
      failure === undefined && this.#reads.ended &&
      this.remoteAddr.transport === "unix"
    ) {
      // The peer has closed (seen with 1.4): a write gets EPIPE from the kernel, and
      // `closeWrite()` succeeds.
    } else {
      // Errors are made only where a queue takes them: most connections are closed.
      if (!this.#reads.ended) this.#reads.end(this.#reset("read", failure));
      if (!this.#writes.over) this.#writes.fail(this.#reset("write", failure));
    }
    // A write that waits for 'drain' goes on, and fails.
    this.onDrain();
  }

  /** Keeps an event until `attach()`. */
  #keep(handle: () => void): void {
    (this.#pending ??= []).push(handle);
  }

  #reset(operation: "read" | "write", cause: unknown): SocketError {
    return socketError("ECONNRESET", operation, this.remoteAddr, { cause });
  }
}
