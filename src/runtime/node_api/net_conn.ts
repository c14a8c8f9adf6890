/**
 * A `net.Socket` as the backend below a connection.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ConnBackend } from "../../core/stream/conn.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import type { ReadQueue } from "../../core/stream/read_queue.ts";
import type { WriteQueue } from "../../core/stream/write_queue.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { Ends } from "../adapter.ts";
import { translate } from "./errors.ts";
import {
  hear,
  hearBytes,
  hearDrain,
  type SocketEvents,
  unhear,
} from "./net_events.ts";
import type { SharedReadBuffer } from "./shared_read_buffer.ts";
import { HAS_FALSE_EOF, PacedReading } from "./paced_reading.ts";

const EMPTY = new Uint8Array(0);

/**
 * What every socket is made with.
 *
 * The mark is one for both directions. Node goes on reading after `pause()`
 * until it holds that much, in addition to what the read queue does. And a
 * write that reaches it costs a turn of Node's tick queue, which a small
 * message should not; but {@linkcode PacedReading} needs each chunk to do so.
 */
export const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  highWaterMark: HAS_FALSE_EOF ? 1 : 16 * 1024,
};

/** What sockets are not made with, named because Node copies its options: see `bareOptions`. */
export const NOT_OF_SOCKETS = [
  "fd",
  "handle",
  "signal",
  "onread",
  "blockList",
  "objectMode",
  "readableObjectMode",
  "writableObjectMode",
  "readableHighWaterMark",
  "writableHighWaterMark",
];

/**
 * How much Node is handed at once. It says of what it was handed only that all
 * of it is gone: of a larger piece that is not known, for as long as a slow peer
 * takes over it, whether it moves at all.
 */
const MAX_PIECE_BYTES = 256 * 1024;

/** A write whose bytes Node still holds. */
interface Sending {
  readonly length: number;
  readonly resolve: (sent: number) => void;
  readonly reject: (error: SocketError) => void;
}

/** The backend; the socket is connected, and has no listeners yet. */
export class NetConnBackend<A extends Addr>
  implements ConnBackend<A>, SocketEvents {
  readonly localAddr: A;
  readonly remoteAddr: A;
  readonly sendsByReference = true;
  readonly #socket: Socket;
  readonly #readBuffer: SharedReadBuffer | undefined;
  readonly #keepAlive: KeepAlive;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  #paced: PacedReading | undefined;
  /** The `send` that waits for the system to take the rest. */
  #sending: Sending | undefined;
  /** Rejects the `shutdown` that waits. */
  #giveUp: ((error: SocketError) => void) | undefined;

  /** @param readBuffer Receives the socket's bytes, if the socket was made with one. */
  constructor(
    socket: Socket,
    { localAddr, remoteAddr }: Ends<A>,
    readBuffer?: SharedReadBuffer,
  ) {
    this.#socket = socket;
    this.#readBuffer = readBuffer;
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
    this.#keepAlive = new KeepAlive(socket);
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    const again = this.#reads !== undefined;
    this.#reads = reads;
    this.#writes = writes;
    if (again) return;
    const socket = this.#socket;
    hear(socket, this);
    // Reading begins at once, not with the first read: a failing write makes
    // Node destroy the socket together with what it has not read yet.
    if (HAS_FALSE_EOF && this.remoteAddr.transport === "unix") {
      this.#pace(false);
    } else {
      hearBytes(socket, this.#readBuffer);
      socket.resume();
    }
  }

  /** Whether a backend is one of these. */
  static isUnder(backend: ConnBackend<Addr>): boolean {
    return #socket in backend;
  }

  /**
   * Takes the socket from its backend, for a backend that replaces it. The old backend
   * receives no more events, but can still close the socket.
   *
   * @returns `undefined` where the backend has no `net.Socket`.
   */
  static release(backend: ConnBackend<Addr>): Socket | undefined {
    if (!(#socket in backend)) return undefined;
    const socket = backend.#socket;
    socket.pause();
    unhear(socket);
    // Those of `PacedReading`.
    socket.removeAllListeners("readable");
    return socket;
  }

  demand(): void {
    if (this.#paced !== undefined) this.#paced.resume();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  pause(): void {
    if (this.#paced !== undefined) this.#paced.pause();
    else this.#socket.pause();
  }

  readWaiting(waiting: boolean): void {
    this.#keepAlive.waiting(waiting);
  }

  writeWaiting(waiting: boolean): void {
    this.#keepAlive.sending(waiting);
  }

  send(p: Uint8Array): number | Promise<number> {
    const socket = this.#socket;
    const bytes = p.byteLength > MAX_PIECE_BYTES
      ? p.subarray(0, MAX_PIECE_BYTES)
      : p;
    const drains = !socket.write(bytes);
    // Both are up to date when write() returns: the system took everything,
    // or refused, or Node keeps (a reference to) the rest.
    if (socket.errored) return Promise.reject(socket.errored);
    if (socket.writableLength === 0) return bytes.byteLength;
    return new Promise((resolve, reject) => {
      this.#sending = { length: bytes.byteLength, resolve, reject };
      hearDrain(socket);
      // Below the mark there is no 'drain'; what is queued behind `bytes` tells.
      // A failure is told by 'error'.
      if (!drains) {
        socket.write(EMPTY, (error) => {
          if (!error) this.onDrain();
        });
      }
    });
  }

  shutdown(): Promise<void> {
    const socket = this.#socket;
    // From here on a write cannot tell an end that is made up from a true one.
    if (HAS_FALSE_EOF) this.#pace(socket.isPaused());
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      socket.end((error?: Error | null) => {
        this.#giveUp = undefined;
        if (error) {
          reject(
            translate(socket.errored ?? error, "closeWrite", this.remoteAddr),
          );
        } else resolve();
      });
    });
  }

  close(reset: boolean): void {
    this.#keepAlive.end();
    // For a Unix socket resetAndDestroy() throws: there is no reset.
    if (reset && this.remoteAddr.transport === "tcp") {
      this.#socket.resetAndDestroy();
    } else this.#socket.destroy();
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
    // The turn that is under way may have asked the system before; and a paced
    // reading takes one more.
    for (let turns = 0; turns < 3; turns++) await this.turn();
  }

  ref(): void {
    this.#keepAlive.ref();
  }

  unref(): void {
    this.#keepAlive.unref();
  }

  get wants(): "bytes" | "chunk" | undefined {
    return this.#reads.wants;
  }

  take(bytes: Chunk, owned: boolean): void {
    this.#reads.push(bytes, owned);
  }

  /**
   * A write of nothing tells a FIN from an end that was made up: it sends
   * nothing, and fails with ECONNRESET if the connection was reset. (EPIPE means
   * that the FIN came first.) It costs less than pacing, where it can be used.
   */
  onEnd(): void {
    const socket = this.#socket;
    if (!HAS_FALSE_EOF || this.#paced !== undefined) {
      this.#reads.end(null);
    } else if (socket.writableLength > 0) {
      // The write that waits is told in this same turn.
      setImmediate(() => {
        try {
          this.#endUnlessReset();
        } catch (fault) {
          socket.destroy(fault as Error);
        }
      });
    } else {
      socket.write(EMPTY);
      this.#endUnlessReset();
    }
  }

  #endUnlessReset(): void {
    if (codeOf(this.#socket.errored) === "ECONNRESET") return; // 'error' follows.
    this.#reads.end(null);
  }

  #pace(paused: boolean): void {
    if (this.#paced !== undefined || this.#reads.ended) return;
    this.#paced = new PacedReading(
      this.#socket,
      (chunk) => this.#reads.push(chunk, true),
    );
    if (paused) this.#paced.pause();
  }

  onDrain(): void {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.resolve(sending.length);
  }

  onError(error: Error): void {
    this.#rescue();
    // To the reading side, a write's EPIPE is a connection that broke off.
    const broken = codeOf(error) === "EPIPE";
    this.#reads.end(
      broken
        ? socketError("ECONNRESET", "read", this.remoteAddr, { cause: error })
        : translate(error, "read", this.remoteAddr),
    );
    const failure = this.writeFailure(error);
    this.#writes.fail(failure);
    this.#sendFailed(failure);
  }

  onFault(fault: unknown): void {
    const failure = translate(fault, "write", this.remoteAddr);
    this.#keepAlive.end();
    this.#reads.end(translate(fault, "read", this.remoteAddr));
    this.#writes.fail(failure);
    this.#sendFailed(failure);
    this.#giveUp?.(failure);
  }

  onClose(): void {
    this.#rescue();
    // Reached with nothing said before only when closed here, where the
    // queues no longer listen.
    if (!this.#reads.ended) {
      this.#reads.end(socketError("ECONNRESET", "read", this.remoteAddr));
    }
    if (this.#sending === undefined && this.#giveUp === undefined) return;
    const failure = socketError("EPIPE", "write", this.remoteAddr);
    this.#sendFailed(failure);
    this.#giveUp?.(failure);
  }

  #sendFailed(error: SocketError): void {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.reject(error);
  }

  /** Takes over the bytes that Node kept back while paused, and would forget. */
  #rescue(): void {
    const socket = this.#socket;
    if (socket.readableLength === 0) return;
    socket.removeAllListeners("data");
    for (;;) {
      const chunk: Chunk | null = socket.read();
      if (chunk === null) return;
      this.#reads.push(chunk, true);
    }
  }

  writeFailure(reason: unknown): SocketError {
    return translate(reason, "write", this.remoteAddr);
  }
}

/** The code of one of Node's errors. */
export function codeOf(error: Error | null | undefined): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code;
}
