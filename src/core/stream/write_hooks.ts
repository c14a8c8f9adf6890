/**
 * The interface between the write queue and its adapter.
 *
 * @module
 */
import type { Addr } from "../../api/stream.ts";
import type { SocketError } from "../../api/errors.ts";

/** The adapter calls of the write queue. */
export interface WriteHooks {
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
