/**
 * A `net.Socket` as the backend below a connection.
 *
 * | state    | meaning                                     | left on                                    |
 * | -------- | ------------------------------------------- | ------------------------------------------ |
 * | detached | no queues yet; the socket is paused         | `attach`: reading                          |
 * | reading  | bytes go to the read queue                  | `pause`, when the queue is full: paused    |
 * | paused   | Node reads until it holds `highWaterMark`   | `demand`: reading                          |
 * | ended    | 'end' has come, and is true: `false_eof.ts` | 'close': closed                            |
 * | failed   | 'error' has come: both queues reject        | 'close': closed                            |
 * | closed   | the descriptor is free                      |                                            |
 * | released | a TLS engine has the socket                 |                                            |
 *
 * Writing is apart from that: `send` resolves at once, or on 'drain' where Node keeps
 * bytes; `shutdown` resolves when FIN is sent. 'error' and 'close' reject both.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ConnBackend } from "../../core/stream/backend.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import type { ReadQueue } from "../../core/stream/read_queue.ts";
import type { WriteQueue } from "../../core/stream/write_queue.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { Ends } from "../adapter.ts";
import { translate } from "./errors.ts";
import {
  listenTo,
  listenToBytes,
  listenToDrain,
  type SocketEvents,
  stopListening,
} from "./net_events.ts";
import type { SharedReadBuffer } from "./shared_read_buffer.ts";
import { FalseEofGuard, HAS_FALSE_EOF } from "./false_eof.ts";

const EMPTY = new Uint8Array(0);

/**
 * The options of every socket.
 *
 * `highWaterMark` counts for both directions. After `pause()` Node reads until it holds
 * that much, beside the read queue. A write that reaches it costs a turn of Node's tick
 * queue, which a small message should not; {@linkcode FalseEofGuard} needs that.
 */
export const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  highWaterMark: HAS_FALSE_EOF ? 1 : 16 * 1024,
};

/** Options that a prototype must not add: Node copies its options (see `bareOptions`). */
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
 * The most bytes of one write to Node. Node reports only that a write is done, so a
 * larger one to a slow peer would show no progress for a long time.
 */
const MAX_PIECE_BYTES = 256 * 1024;

/** A pending write, whose bytes Node still holds. */
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
  /** Present where this Node reports false EOF. */
  #guard: FalseEofGuard | undefined;
  /** The pending `send`. */
  #sending: Sending | undefined;
  /** Rejects the pending `shutdown`. */
  #rejectShutdown: ((error: SocketError) => void) | undefined;

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
    listenTo(socket, this);
    if (HAS_FALSE_EOF) {
      this.#guard = new FalseEofGuard(socket, {
        push: (chunk) => this.#reads.push(chunk, true),
        end: () => this.#reads.end(null),
      });
    }
    // Reading begins at once, not with the first read: a failing write makes
    // Node destroy the socket together with the bytes that it has not read yet.
    if (this.#guard !== undefined && this.remoteAddr.transport === "unix") {
      this.#guard.pace(false);
    } else {
      listenToBytes(socket, this.#readBuffer);
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
    stopListening(socket);
    // That of `FalseEofGuard`.
    socket.removeAllListeners("readable");
    return socket;
  }

  demand(): void {
    if (this.#guard?.isPaced) this.#guard.resume();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  pause(): void {
    if (this.#guard?.isPaced) this.#guard.pause();
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
    // `errored` and `writableLength` are up to date when write() returns. Node keeps a
    // reference to the bytes that the kernel did not take.
    if (socket.errored) return Promise.reject(socket.errored);
    if (socket.writableLength === 0) return bytes.byteLength;
    return new Promise((resolve, reject) => {
      this.#sending = { length: bytes.byteLength, resolve, reject };
      listenToDrain(socket);
      // Below `highWaterMark` there is no 'drain': the callback of a write behind `bytes`
      // stands in. A failure is reported by 'error'.
      if (!drains) {
        socket.write(EMPTY, (error) => {
          if (!error) this.onDrain();
        });
      }
    });
  }

  shutdown(): Promise<void> {
    const socket = this.#socket;
    if (!this.#reads.ended) this.#guard?.pace(socket.isPaused());
    return new Promise((resolve, reject) => {
      this.#rejectShutdown = reject;
      socket.end((error?: Error | null) => {
        this.#rejectShutdown = undefined;
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
    // For a Unix socket resetAndDestroy() throws.
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
    // The current turn may have polled the kernel before, and a paced reading takes one
    // turn more.
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

  onEnd(): void {
    if (this.#guard !== undefined) this.#guard.onEnd();
    else this.#reads.end(null);
  }

  onDrain(): void {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.resolve(sending.length);
  }

  onError(error: Error): void {
    this.#rescue();
    // The EPIPE of a write is ECONNRESET for reads.
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
    this.#rejectShutdown?.(failure);
  }

  onClose(): void {
    this.#rescue();
    // Without 'end' or 'error' before, the connection was closed here, and the queues
    // take no more.
    if (!this.#reads.ended) {
      this.#reads.end(socketError("ECONNRESET", "read", this.remoteAddr));
    }
    if (this.#sending === undefined && this.#rejectShutdown === undefined) {
      return;
    }
    const failure = socketError("EPIPE", "write", this.remoteAddr);
    this.#sendFailed(failure);
    this.#rejectShutdown?.(failure);
  }

  #sendFailed(error: SocketError): void {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.reject(error);
  }

  /** Reads the bytes that Node holds while paused, and discards on 'close'. */
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

/** The code of an error of Node. */
export function codeOf(error: Error | null | undefined): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code;
}
