/**
 * The interface below `Socket`, which streams and datagrams implement, and what both
 * share: steps that exclude each other, and calls with the timeouts of the socket.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { type Operation, TimedOut } from "../api/errors.ts";
import type { Addr, Conn, WaitOptions } from "../api/stream.ts";
import type { SocketAddress } from "./addresses.ts";
import {
  type How,
  type SO_RCVTIMEO,
  type SO_SNDTIMEO,
  SOL_SOCKET,
} from "./constants.ts";
import { asOf } from "./errors.ts";
import type { SocketOptions } from "./options.ts";

/** How many bytes were received, and the sender of a datagram; `null` for a stream. */
export type Received = readonly [size: number, from: Addr | null];

/** The calls of a socket, with checked arguments; `Socket` documents them. */
export interface Endpoint {
  bind(address: SocketAddress): Promise<void>;
  listen(backlog: number): Promise<void>;
  accept(): Promise<Conn>;
  connect(address: SocketAddress): Promise<void>;
  send(p: Uint8Array): Promise<number>;
  sendTo(p: Uint8Array, address: SocketAddress): Promise<number>;
  receive(p: Uint8Array, operation: "recv" | "recvfrom"): Promise<Received>;
  shutdown(how: How): Promise<void> | void;
  close(): void;
  getsockname(): Addr;
  getpeername(): Addr;
  /** Called after an option is set; applies it to an open socket or connection. */
  optionSet(level: number, name: number, on: boolean): void;
  /** @throws {BadResource} EBADF, closed */
  assertOpen(operation: Operation): void;
}

/** A step. */
export type Step = "bind" | "listen" | "connect";

/** The owner of the state. */
interface Owner {
  /** @throws {BadResource} EBADF, closed */
  assertOpen(step: Step): void;
}

/** Runs steps one at a time; an overlapping step is rejected. */
export class Steps {
  readonly #owner: Owner;
  #underWay: Step | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /**
   * Runs a step; the socket must be open before and after it.
   *
   * @throws {SocketError} EALREADY, another step is running
   */
  async take(step: Step, run: () => Promise<void>): Promise<void> {
    this.#owner.assertOpen(step);
    if (this.#underWay !== undefined) {
      throw socketError("EALREADY", step, undefined, {
        reason: `${this.#underWay}() is still under way; await it`,
      });
    }
    this.#underWay = step;
    try {
      await run();
    } finally {
      this.#underWay = undefined;
    }
    this.#owner.assertOpen(step);
  }
}

/** Runs a call with its timeout. @param address The address for its errors, if any. */
export async function waiting<T>(
  options: SocketOptions,
  operation: "accept" | "connect" | "send" | "sendto" | "recv" | "recvfrom",
  option: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO,
  address: Addr | undefined,
  run: (limit: WaitOptions | undefined) => Promise<T>,
): Promise<T> {
  const own = options.get(SOL_SOCKET, option);
  const timeoutMs = options.timeoutMs ?? (own === 0 ? undefined : own);
  try {
    return await run(timeoutMs === undefined ? undefined : { timeoutMs });
  } catch (error) {
    if (error instanceof TimedOut && options.timeoutMs === null && own > 0) {
      // The kernel's code for this timeout.
      const code = operation === "connect" ? "EINPROGRESS" : "EAGAIN";
      throw socketError(code, operation, address, {
        cause: error,
        reason: `not done within ${own} ms`,
      });
    }
    throw asOf(error, operation, address);
  }
}
