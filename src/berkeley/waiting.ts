/**
 * Calls that wait, with the timeouts of the socket.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { TimedOut } from "../api/errors.ts";
import type { Addr, WaitOptions } from "../api/stream.ts";
import { type SO_RCVTIMEO, type SO_SNDTIMEO, SOL_SOCKET } from "./constants.ts";
import { asOf } from "./errors.ts";
import type { SocketOptions } from "./options.ts";

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
