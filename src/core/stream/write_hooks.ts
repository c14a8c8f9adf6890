/**
 * What the writing half of a connection stands on.
 *
 * @module
 */
import type { Addr } from "../../api/stream.ts";
import type { SocketError } from "../../api/errors.ts";

/** What the write queue asks of its adapter. */
export interface WriteHooks {
  /** The peer's address, which errors name. */
  readonly remoteAddr: Addr;
  /**
   * Whether `send` may still read from its argument after it has returned, up
   * to the moment its promise settles.
   */
  readonly sendsByReference: boolean;
  /**
   * Hands bytes to the system.
   *
   * @returns How many it took: at once, or as soon as it can tell. The promise
   *   settles even when the connection is closed here meanwhile; nothing is
   *   ever thrown.
   */
  send(bytes: Uint8Array): number | Promise<number>;
  /** What a rejection of `send` means. */
  writeFailure(reason: unknown): SocketError;
  /** Sends FIN. */
  shutdown(): Promise<void>;
  /**
   * Lets the event loop turn once; needed where `send` may be done at once.
   *
   * @returns `undefined` where it never is.
   */
  turn?(): Promise<void> | undefined;
  /** Bytes wait to be sent (`true`), or none do any more: they keep the process alive. */
  writeWaiting(waiting: boolean): void;
}
