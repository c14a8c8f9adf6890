/**
 * Node's errors, translated at the edge of the wing.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import { type Operation, SocketError } from "../errors.ts";
import type { Addr } from "../types.ts";

/** The library's error for one of Node's. */
export function translate(
  error: unknown,
  operation: Operation,
  address: Addr | undefined,
): SocketError {
  if (error instanceof SocketError) return error;
  const native = first(error) as NodeJS.ErrnoException;
  let code = native.code ?? "EUNKNOWN";
  // A resolver that cannot be asked and one that knows no answer are told
  // apart by `cause`: to the caller the name does not resolve either way.
  if (native.syscall === "getaddrinfo") code = "ENOTFOUND";
  // What Node calls writing to, or ending, a socket that it has destroyed
  // because of an error that came before.
  if (code === "ERR_STREAM_DESTROYED" || code === "ERR_SOCKET_CLOSED") {
    code = "EPIPE";
  }
  return socketError(code, operation, address, { cause: native });
}

/** Connecting to several addresses fails with an error that says nothing but holds the others. */
function first(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0
    ? error.errors[0]
    : error;
}
