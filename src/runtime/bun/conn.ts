/**
 * An accepted socket of `Bun.listen` as the backend below a connection.
 *
 * @module
 */
import type { ConnBackend } from "../../core/stream/conn.ts";
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
  /** Bytes have come, paused or not. */
  onData(chunk: Chunk): void;
  /** There may be room again; Bun says so more often than there is. */
  onDrain(): void;
  /** The peer's FIN. */
  onEnd(): void;
  /** The end of both directions, closed here or not. */
  onClose(error: Error | undefined): void;
  /** One of these has thrown; the socket is being reset. */
  onFault(fault: unknown): void;
}

/**
 * The backend, and the socket's events.
 *
 * It hears them from the start, accepted or not: of a reset Bun tells at once,
 * with all that came before it, even while it is paused.
 */
export class BunConnBackend<A extends Addr>
  implements ConnBackend<A>, RawEvents {
  /** Both addresses are set when the connection is accepted. */
  localAddr!: A;
  remoteAddr!: A;
  /** `write` copies nothing and keeps nothing: what it did not take is ours. */
  readonly sendsByReference = false;
  readonly #socket: BunSocket<unknown>;
  readonly #keepAlive: KeepAlive;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  /** Events that came before there was a listener. */
  #untold: (() => void)[] | undefined;
  #ended = false;
  /** Whether the connection was over before that, and how. */
  #gone: "closed" | "broken" | undefined;
  /** Goes on with the write that waits for room. */
  #roomAgain: (() => void) | undefined;
  #paused = false;
  #finSent = false;
  /** What a write was told. Bun then reports a reset as a clean end. */
  #writeError: SocketError | undefined;

  constructor(socket: BunSocket<unknown>) {
    this.#socket = socket;
    this.#keepAlive = new KeepAlive(socket);
  }

  /** Whether a backend is one of these. */
  static isUnder(backend: ConnBackend<Addr>): backend is BunConnBackend<Addr> {
    return #socket in backend;
  }

  /** Gives up the socket, for something that stands on it. */
  release(): BunSocket<unknown> {
    this.#keepAlive.end();
    return this.#socket;
  }

  /** Lets something else hear the socket's events. */
  hearInstead(events: RawEvents): void {
    (this.#socket.data as EventTarget).events = events;
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    const again = this.#reads !== undefined;
    this.#reads = reads;
    this.#writes = writes;
    if (again) return;
    const untold = this.#untold ?? [];
    this.#untold = undefined;
    for (const tell of untold) tell();
    // As in the Node adapter: reading begins at once.
    this.demand();
  }

  /**
   * Sets the addresses.
   *
   * @returns `false` where the connection is over, and the kernel has no addresses.
   */
  accept(ends: (socket: BunSocket<unknown>) => Ends<A> | undefined): boolean {
    const found = this.#gone === "broken" ? undefined : ends(this.#socket);
    if (found === undefined) return false;
    this.localAddr = found.localAddr;
    this.remoteAddr = found.remoteAddr;
    // Over TCP, a reset can look like a close.
    return this.#gone === undefined || this.remoteAddr.transport === "unix";
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
      // The system is full: to offer it the rest at once would be in vain.
      return new Promise((resolve) => {
        this.#roomAgain = () => resolve(sent);
      });
    }
    // Bun keeps the errno to itself. After the peer's FIN the system says
    // EPIPE, before it ECONNRESET.
    const code = this.#reads.ended ? "EPIPE" : "ECONNRESET";
    this.#writeError = socketError(code, "write", this.remoteAddr);
    return Promise.reject(this.#writeError);
  }

  /** `send` rejects with what it means already. */
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

  /** Resets a connection that was never accepted. */
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
    // The turn that is under way may have asked the system before.
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
      return this.#tellLater(() => this.onData(chunk));
    }
    this.#reads.push(chunk, true);
  }

  onDrain(): void {
    const roomAgain = this.#roomAgain;
    this.#roomAgain = undefined;
    roomAgain?.();
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#reads === undefined) return this.#tellLater(() => this.onEnd());
    if (this.#writeError === undefined) this.#reads.end(null);
  }

  onFault(fault: unknown): void {
    this.#keepAlive.end();
    if (this.#reads === undefined) {
      this.#gone = "broken";
      return this.#tellLater(() => this.onFault(fault));
    }
    this.#reads.end(translate(fault, "read", this.remoteAddr));
    this.#writes.fail(translate(fault, "write", this.remoteAddr));
    this.onDrain();
  }

  onClose(error: Error | undefined): void {
    if (this.#reads === undefined) {
      this.#gone = error === undefined && this.#ended ? "closed" : "broken";
      return this.#tellLater(() => this.onClose(error));
    }
    const failure = error === undefined
      ? this.#writeError
      : translate(error, "read", this.remoteAddr);
    if (failure === undefined && this.#finSent) {
      // After our FIN the peer's shows as nothing but this.
      this.#reads.end(null);
    } else if (
      failure === undefined && this.#reads.ended &&
      this.remoteAddr.transport === "unix"
    ) {
      // The peer has closed, not broken off (seen with 1.4): a write is to hear
      // EPIPE from the system, and an end has nothing against it.
    } else {
      // Errors are made only for who gets them: most connections end here, closed.
      if (!this.#reads.ended) this.#reads.end(this.#reset("read", failure));
      if (!this.#writes.over) this.#writes.fail(this.#reset("write", failure));
    }
    // A write that waits for room is to find out.
    this.onDrain();
  }

  #tellLater(tell: () => void): void {
    (this.#untold ??= []).push(tell);
  }

  #reset(operation: "read" | "write", cause: unknown): SocketError {
    return socketError("ECONNRESET", operation, this.remoteAddr, { cause });
  }
}
