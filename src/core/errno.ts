/**
 * The table from errno to error class and reason, and the messages of errors.
 *
 * @module
 */
import {
  AddrInUse,
  AddrNotAvailable,
  BadResource,
  BrokenPipe,
  ConnectionAborted,
  ConnectionRefused,
  ConnectionReset,
  HostUnreachable,
  Interrupted,
  InvalidData,
  MessageTooLarge,
  NetworkUnreachable,
  NotConnected,
  NotFound,
  NotSupported,
  type Operation,
  PermissionDenied,
  SocketError,
  type SocketErrorOptions,
  TimedOut,
  type TlsReason,
  TooManyOpenFiles,
  UnexpectedEof,
} from "../api/errors.ts";
import { bare, holdsPem, onOneLine, sentence } from "./shown.ts";
import type { Addr } from "../api/stream.ts";

type Kind = new (message: string, options: SocketErrorOptions) => SocketError;

/** errno → class and reason. The reasons follow `errno(3)`. */
const KINDS: { readonly [code: string]: readonly [Kind, string] } = {
  EADDRINUSE: [AddrInUse, "address already in use"],
  EADDRNOTAVAIL: [AddrNotAvailable, "address not available on this machine"],
  EACCES: [PermissionDenied, "permission denied"],
  EPERM: [PermissionDenied, "operation not permitted"],
  ERR_ACCESS_DENIED: [PermissionDenied, "Node's permission model denies it"],
  ENOENT: [NotFound, "no such file or directory"],
  ENOTDIR: [NotFound, "a part of the path is not a directory"],
  ENOTFOUND: [NotFound, "the name does not resolve to an address"],
  ECONNREFUSED: [ConnectionRefused, "connection refused"],
  ECONNRESET: [ConnectionReset, "connection reset by the peer"],
  ECONNABORTED: [ConnectionAborted, "connection aborted"],
  EPIPE: [BrokenPipe, "the connection no longer takes data"],
  ENOTCONN: [NotConnected, "not connected"],
  ETIMEDOUT: [TimedOut, "timed out"],
  EINTR: [Interrupted, "closed while waiting"],
  ECANCELED: [Interrupted, "cancelled"],
  EBADF: [BadResource, "already closed"],
  EMFILE: [TooManyOpenFiles, "too many open files in this process"],
  ENFILE: [TooManyOpenFiles, "too many open files in the system"],
  EMSGSIZE: [MessageTooLarge, "longer than a datagram can be"],
  EHOSTUNREACH: [HostUnreachable, "no route to the host"],
  ENETUNREACH: [NetworkUnreachable, "network unreachable"],
  ENOTSUP: [NotSupported, "not supported"],
  ENOSYS: [NotSupported, "not supported by this system"],
  EOPNOTSUPP: [NotSupported, "not supported by this kind of socket"],
  EPROTO: [InvalidData, "the peer does not keep to the protocol"],
  EBADMSG: [InvalidData, "data that cannot be used"],
  EOF: [UnexpectedEof, "it ended too early"],
  EAGAIN: [SocketError, "too many connections wait to be accepted there"],
  ELOOP: [SocketError, "too many symbolic links in the path"],
  EPROTOTYPE: [SocketError, "the path is that of another type of socket"],
  EBUSY: [SocketError, "in use"],
  EAFNOSUPPORT: [SocketError, "address family not supported"],
  EINVAL: [SocketError, "invalid argument"],
  EISCONN: [SocketError, "already connected"],
  EDESTADDRREQ: [SocketError, "no address to send to"],
  ENODEV: [SocketError, "no such interface"],
};

const hasOwnProperty = Object.prototype.hasOwnProperty;

/** How many nested causes of an error are checked. */
const MAX_CAUSES = 8;

/** Returns the class and the reason of an errno, for the message "Cannot …: reason". */
function kindOf(code: string, cause: unknown): readonly [Kind, string] {
  if (hasOwnProperty.call(KINDS, code)) return KINDS[code];
  return [
    SocketError,
    cause instanceof Error ? sentence(cause.message) : "the system refused",
  ];
}

const PHRASES: { readonly [operation in Operation]: string } = {
  listen: "listen on",
  accept: "accept on",
  connect: "connect to",
  read: "read from",
  write: "write to",
  closeWrite: "close the write side of",
  setNoDelay: "set no-delay on",
  setKeepAlive: "set keep-alive on",
  listenDatagram: "take datagrams on",
  connectDatagram: "exchange datagrams with",
  receive: "receive on",
  setBroadcast: "set broadcast on",
  setTtl: "set the TTL on",
  joinMulticast: "join a multicast group on",
  leaveMulticast: "leave a multicast group on",
  setMulticastTtl: "set the multicast TTL on",
  setMulticastLoopback: "set multicast loopback on",
  setMulticastInterface: "set the multicast interface on",
  listenTls: "listen with TLS",
  connectTls: "connect with TLS",
  startTls: "start TLS on",
  handshake: "shake hands with",
  reload: "use other certificates",
  socket: "open a socket",
  bind: "bind to",
  send: "send to",
  sendto: "send to",
  recv: "receive from",
  recvfrom: "receive from",
  shutdown: "shut down",
  getsockname: "tell the address of",
  getpeername: "tell the peer of",
  setsockopt: "set a socket option",
  getsockopt: "get a socket option",
  servicePort: "find a port",
};

/** Details of an error, in addition to its code. */
export interface ErrorDetails {
  /** The native error. */
  cause?: unknown;
  /** Replaces the table's reason. */
  reason?: string;
  /** The reason and the alert of a TLS failure. */
  tls?: TlsWhy | undefined;
  /** See `SocketError.received`. */
  received?: number | undefined;
}

/** Why TLS failed: see `SocketError`. */
export interface TlsWhy {
  readonly reason: TlsReason;
  readonly alert?: string | undefined;
}

/** Creates the error for `code`; its message names the operation and the address. */
export function socketError(
  code: string,
  operation: Operation,
  address: Addr | undefined,
  details: ErrorDetails = NO_DETAILS,
): SocketError {
  // Own properties only: those of `Object.prototype` are not details.
  const cause = hasOwnProperty.call(details, "cause")
    ? withoutPem(details.cause)
    : undefined;
  const [Kind, usual] = kindOf(code, cause);
  const reason = hasOwnProperty.call(details, "reason")
    ? details.reason ?? usual
    : usual;
  const tls = hasOwnProperty.call(details, "tls") ? details.tls : undefined;
  const place = address !== undefined
    ? ` ${placeOf(address, bare)}`
    : / (?:of|on|to|from|down)$/.test(PHRASES[operation])
    ? " a socket"
    : "";
  return new Kind(
    onOneLine(`Cannot ${PHRASES[operation]}${place}: ${reason} (${code})`),
    {
      code,
      operation,
      address,
      cause,
      reason: tls?.reason,
      alert: tls?.alert,
      received: hasOwnProperty.call(details, "received")
        ? details.received
        : undefined,
    },
  );
}

const NO_DETAILS: ErrorDetails = {};

/**
 * Returns the cause, or `undefined` if its message, or that of a nested cause, contains
 * PEM text. Loggers print errors with all their causes.
 */
function withoutPem(cause: unknown): unknown {
  let at = cause;
  for (let i = 0; i < MAX_CAUSES && at instanceof Error; i++) {
    if (holdsPem(at.message)) return undefined;
    at = at.cause;
  }
  return holdsPem(at) ? undefined : cause;
}

/**
 * Formats an address: `127.0.0.1:80`, `[::1]:80`, or a Unix path. Characters that
 * control a terminal are escaped.
 */
export function formatAddr(address: Addr): string {
  return placeOf(address, onOneLine);
}

function placeOf(address: Addr, write: (text: string) => string): string {
  if (address.transport === "unix") {
    return address.path === "" ? "an unnamed Unix socket" : write(address.path);
  }
  const { hostname, port } = address;
  return hostname.includes(":")
    ? `[${write(hostname)}]:${port}`
    : `${write(hostname)}:${port}`;
}
