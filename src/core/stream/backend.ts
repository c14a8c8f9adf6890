/**
 * The adapter's side of a connection, as its two queues and the connection call it.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";
import type { ReadQueue } from "./read_queue.ts";
import type { WriteQueue } from "./write_queue.ts";

/** The adapter calls of the read queue. */
export interface ReadBackend {
  /** The peer's address, which errors name. */
  readonly remoteAddr: Addr;
  /** Called when a read is pending and nothing is stored. */
  demand(): void;
  /** Called when enough is stored: the adapter stops reading. */
  pause(): void;
  /**
   * Called when reads become pending (`true`) and when none is left (`false`). Pending
   * reads keep the process alive.
   */
  readWaiting(waiting: boolean): void;
}

/** The adapter calls of the write queue. */
export interface WriteBackend {
  /** The peer's address, which errors name. */
  readonly remoteAddr: Addr;
  /**
   * Whether `send` may still read its argument after it has returned, until its promise
   * settles.
   */
  readonly sendsByReference: boolean;
  /**
   * Passes bytes to the kernel.
   *
   * @returns How many the kernel took: synchronously, or as a promise. The promise
   *   settles even if the connection is closed meanwhile; `send` never throws.
   */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Translates a rejection of `send`. */
  writeFailure(reason: unknown): SocketError;
  /** Sends FIN. */
  shutdown(): Promise<void>;
  /**
   * Waits for one turn of the event loop; required where `send` may complete
   * synchronously.
   *
   * @returns `undefined` if `send` never does.
   */
  turn?(): Promise<void> | undefined;
  /**
   * Called when bytes start (`true`) and stop (`false`) waiting to be sent. Such bytes
   * keep the process alive.
   */
  writeWaiting(waiting: boolean): void;
}

/** The adapter's side of a connection. */
export interface ConnBackend<A extends Addr = Addr>
  extends ReadBackend, WriteBackend {
  /** The local address. */
  readonly localAddr: A;
  /** The peer's address, which errors name. */
  readonly remoteAddr: A;
  /**
   * Reads straight into `p`, where the runtime reads on demand. Called only while the
   * read queue is idle; returns `undefined` if a direct read is not possible.
   */
  readDirect?(p: Uint8Array): Promise<number | null> | undefined;
  /** Whether a direct read is pending. */
  readonly readsDirectly?: boolean;
  /**
   * Resolves after the bytes that the kernel holds at the call have been pushed, as far
   * as there is room. Reads that are called meanwhile are served first.
   */
  lookAhead(): Promise<void>;
  /** Whether writes wait for a handshake. */
  readonly opening?: boolean;
  /** Sets the queues that the backend feeds; a later call replaces them. */
  attach(reads: ReadQueue, writes: WriteQueue): void;
  /** Frees the descriptor. @param reset Whether to send RST, to signal lost bytes. */
  close(reset: boolean): void;
  /** Called on open TCP connections only. */
  setNoDelay(noDelay: boolean): void;
  /** Called on open TCP connections only. */
  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void;
  /** See `Conn.ref`. */
  ref(): void;
  /** See `Conn.unref`. */
  unref(): void;
}
