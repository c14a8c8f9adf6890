/**
 * Calls that wait, within the limits that a socket was given.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { TimedOut } from "../api/errors.ts";
import type { Addr, WaitOptions } from "../api/stream.ts";
import { type SO_RCVTIMEO, type SO_SNDTIMEO, SOL_SOCKET } from "./constants.ts";
import { asOf } from "./errors.ts";
import type { SocketOptions } from "./options.ts";

/** Runs what may wait. @param address What the errors name, if anything. */
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
      // As the system says it.
      const code = operation === "connect" ? "EINPROGRESS" : "EAGAIN";
      throw socketError(code, operation, address, {
        cause: error,
        reason: `not done within ${own} ms`,
      });
    }
    throw asOf(error, operation, address);
  }
}
