/**
 * Node's errors, translated at the edge of the adapter.
 *
 * @module
 */
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";

/**
 * What Node, and for Unix sockets Bun, call writing to or ending a socket that
 * they have destroyed because of what the peer did.
 */
const GONE = new Set(["ERR_STREAM_DESTROYED", "ERR_SOCKET_CLOSED", "EBADF"]);

/** The library's error for one of Node's. */
export function translate(
  error: unknown,
  operation: Operation,
  address: Addr | undefined,
): SocketError {
  if (error instanceof SocketError) return error;
  const native = (first(error) ?? {}) as NodeJS.ErrnoException;
  let code = native.code ?? "EUNKNOWN";
  // A resolver that cannot be asked and one that knows no answer are told
  // apart by `cause`: to the caller the name does not resolve either way.
  if (native.syscall === "getaddrinfo") code = "ENOTFOUND";
  if (GONE.has(code)) code = "EPIPE";
  return socketError(code, operation, address, { cause: native });
}

/** Connecting to several addresses fails with an error that says nothing but holds the others. */
function first(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0
    ? error.errors[0]
    : error;
}
