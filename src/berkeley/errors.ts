/**
 * Errors with the codes of the BSD sockets API.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { type Operation, SocketError } from "../api/errors.ts";
import type { Addr } from "../api/stream.ts";

/**
 * The same error with the operation of the BSD call, which differs from the operation
 * that the library performed.
 */
export function asOf(
  error: unknown,
  operation: Operation,
  address: Addr | undefined,
): unknown {
  if (!(error instanceof SocketError) || error.operation === operation) {
    return error;
  }
  return socketError(error.code, operation, address, {
    cause: error.cause ?? error,
  });
}

/** The error of a call that the socket's state does not permit. */
export function stateError(code: string, operation: Operation): SocketError {
  return socketError(code, operation, undefined, {
    reason: REASONS[`${operation} ${code}`],
  });
}

/** Explanations for codes that are unclear on their own. */
const REASONS: Readonly<Record<string, string | undefined>> = {
  "bind EINVAL": "it is bound, listening or connected already",
  "listen EOPNOTSUPP": "datagrams need none; call recvFrom()",
  "accept EOPNOTSUPP": "datagrams make no connections; call recvFrom()",
  "getsockopt EOPNOTSUPP": "a datagram socket has no options of TCP",
  "send EDESTADDRREQ": "not connected; call sendTo()",
  "sendto EISCONN": "an AF_UNIX socket that is connected takes no address",
  "sendto EOPNOTSUPP": "an AF_UNIX socket of a stream takes no address",
  "listen EINVAL": "it is connected, or has no name to listen at",
  "accept EINVAL": "it does not listen; call listen() first",
  "recv EINVAL": "not connected",
  "recvfrom EINVAL": "not connected",
  "send EPIPE": "not connected",
  "sendto EPIPE": "not connected",
  "connect EINVAL": "it listens",
  "connect EISCONN": "it is connected, or listens",
  "shutdown EINVAL": "give SHUT_RD, SHUT_WR or SHUT_RDWR",
};
