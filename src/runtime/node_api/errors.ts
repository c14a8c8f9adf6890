/**
 * Translates the errors of `node:` modules to those of the library.
 *
 * @module
 */
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";

/**
 * The codes of a write or an end on a socket that the runtime destroyed because of the
 * peer. Bun uses them for Unix sockets.
 */
const GONE = new Set(["ERR_STREAM_DESTROYED", "ERR_SOCKET_CLOSED", "EBADF"]);

/** Translates an error of a `node:` module, or of Bun. */
export function translate(
  error: unknown,
  operation: Operation,
  address: Addr | undefined,
): SocketError {
  if (error instanceof SocketError) return error;
  const native = (first(error) ?? {}) as NodeJS.ErrnoException;
  let code = native.code ?? "EUNKNOWN";
  // `cause` distinguishes a resolver that cannot be reached from one without an answer.
  // In both cases the name does not resolve.
  if (native.syscall === "getaddrinfo") code = "ENOTFOUND";
  if (GONE.has(code)) code = "EPIPE";
  return socketError(code, operation, address, { cause: native });
}

/**
 * Returns the first of several errors. Connecting to several addresses fails with an
 * error that only contains the others.
 */
function first(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0
    ? error.errors[0]
    : error;
}
