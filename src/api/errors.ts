/**
 * The error classes: one per kind of failure, the same on every runtime.
 *
 * @module
 */
import type { Addr } from "./stream.ts";

/** The operation that failed. */
export type Operation =
  | "listen"
  | "accept"
  | "connect"
  | "read"
  | "write"
  | "closeWrite"
  | "setNoDelay"
  | "setKeepAlive"
  // Datagram sockets.
  | "listenDatagram"
  | "connectDatagram"
  | "receive"
  | "setBroadcast"
  | "setTtl"
  | "joinMulticast"
  | "leaveMulticast"
  | "setMulticastTtl"
  | "setMulticastLoopback"
  | "setMulticastInterface"
  // TLS.
  | "listenTls"
  | "connectTls"
  | "startTls"
  | "handshake"
  | "reload"
  // BSD sockets.
  | "socket"
  | "bind"
  | "send"
  | "sendto"
  | "recv"
  | "recvfrom"
  | "shutdown"
  | "getsockname"
  | "getpeername"
  | "setsockopt"
  | "getsockopt"
  | "servicePort";

/**
 * Why TLS failed, in {@linkcode SocketError.reason}:
 *
 * - `"untrusted-certificate"`: the peer's certificate does not lead to a trusted one,
 *   is outside its validity, for another purpose, weak or malformed (RFC 5280 §6).
 *   The message says which, if the runtime reports it.
 * - `"name-mismatch"`: the server's certificate is trusted, but for other names
 *   (RFC 9525).
 * - `"certificate-required"`: the server requires a certificate and the client sent none.
 * - `"no-application-protocol"`: the client offers no protocol of `alpnProtocols`
 *   (RFC 7301 §3.2).
 * - `"unrecognized-name"`: the client requested an unknown server name (RFC 6066 §3).
 * - `"protocol-version"`: the peers support no common TLS version.
 * - `"no-shared-parameters"`: the peers support no common cipher suite, group or
 *   signature algorithm (RFC 8446 §4.1.1).
 * - `"not-tls"`: the bytes are not a TLS record; the peer may use another protocol.
 * - `"bad-record"`: a record was changed in transit, or violates the protocol.
 * - `"truncated"`: the peer's bytes ended without close_notify (RFC 8446 §6.1).
 * - `"timeout"`: the handshake took too long.
 * - `"peer-alert"`: the peer rejected the handshake or the connection;
 *   {@linkcode SocketError.alert} is the alert it sent.
 */
export type TlsReason =
  | "untrusted-certificate"
  | "name-mismatch"
  | "certificate-required"
  | "no-application-protocol"
  | "unrecognized-name"
  | "protocol-version"
  | "no-shared-parameters"
  | "not-tls"
  | "bad-record"
  | "truncated"
  | "timeout"
  | "peer-alert";

/** The properties of a {@linkcode SocketError} besides its message. */
export interface SocketErrorOptions extends ErrorOptions {
  /** The errno's name, such as `"ECONNREFUSED"`. */
  code: string;
  /** The operation that failed. */
  operation: Operation;
  /** The address of the operation; absent if there is none. */
  address?: Addr | undefined;
  /** Why TLS failed, for TLS errors. */
  reason?: TlsReason | undefined;
  /** The alert that the peer sent, by its name in RFC 8446 §6. */
  alert?: string | undefined;
  /** Of `UnexpectedEof`: how many bytes of the result had arrived. */
  received?: number | undefined;
}

/**
 * An operation that failed: an error of the operating system, or an invalid state of
 * the socket.
 *
 * An error with no class below is a plain `SocketError` with the system's code.
 */
export class SocketError extends Error {
  /**
   * Whether a value is an error of this class, also one that another copy of the
   * library in the same process created.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = brands.get(this);
    // A class derived by a program has no brand; only its own instances count.
    return brand === undefined
      ? Function.prototype[Symbol.hasInstance].call(this, value)
      : typeof value === "object" && value !== null && brand in value;
  }

  /** The class's name. */
  override readonly name: string = "SocketError";
  /** The errno's name, such as `"ECONNREFUSED"`. */
  readonly code: string;
  /** The operation that failed. */
  readonly operation: Operation;
  /** The address of the operation, if there is one. */
  readonly address: Addr | undefined;
  /** Why TLS failed; absent for other errors. */
  declare readonly reason?: TlsReason;
  /**
   * The alert by which the peer rejected the connection, such as `"unknown_ca"`
   * (RFC 8446 §6, RFC 5246 §7.2); absent if there was no alert, or an unknown one.
   */
  declare readonly alert?: string;
  /**
   * How many bytes of the result had arrived when the connection ended; the next read
   * gets them. Only on `UnexpectedEof` of `readExactly()` and `readUntil()`.
   */
  declare readonly received?: number;

  /**
   * Whether the same operation may succeed later without a local change, on a new
   * connection if this one is closed. The cause is temporary: the network, the peer,
   * or a shortage of descriptors, memory or queue space.
   *
   * True for ECONNREFUSED, ECONNRESET, ECONNABORTED, ETIMEDOUT, EHOSTUNREACH,
   * EHOSTDOWN, ENETUNREACH, ENETDOWN, EMFILE, ENFILE, ENOBUFS, ENOMEM and EAGAIN
   * (`errno(3)`), for EOF, and for ENOTFOUND if the resolver is unavailable
   * (EAI_AGAIN, `getaddrinfo(3)`).
   */
  get transient(): boolean {
    return TRANSIENT.has(this.code) ||
      this.code === "ENOTFOUND" && isUnasked(this.cause);
  }

  /**
   * Creates an error. Used by the library.
   *
   * @param message What failed, where, and why.
   */
  constructor(message: string, options: SocketErrorOptions) {
    // An explicit `cause: undefined` would show up as an own property.
    super(
      message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = options.code;
    this.operation = options.operation;
    this.address = options.address;
    if (options.reason !== undefined) this.reason = options.reason;
    if (options.alert !== undefined) this.alert = options.alert;
    if (options.received !== undefined) this.received = options.received;
  }
}

/** The symbol that marks the instances of each class, in every copy of the library. */
const brands = new Map<unknown, symbol>();

/** Makes instances of a class recognizable in every copy of the library. */
function share(name: string, Kind: typeof SocketError): void {
  const brand = Symbol.for(`@anyport/sockets errors.${name}`);
  brands.set(Kind, brand);
  Object.defineProperty(Kind.prototype, brand, { value: true });
}

const TRANSIENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EAGAIN",
  "EOF",
]);

/** Whether a resolver's error means that it is unavailable; Deno has only the message. */
function isUnasked(cause: unknown): boolean {
  return cause instanceof Error &&
    ((cause as { code?: unknown }).code === "EAI_AGAIN" ||
      /Temporary failure in name resolution|Try again/.test(cause.message));
}

/** EADDRINUSE: another socket uses the address, or a file has the Unix path. */
export class AddrInUse extends SocketError {
  /** The class's name. */
  override readonly name: string = "AddrInUse";
}
/** EADDRNOTAVAIL: the address does not belong to this machine. */
export class AddrNotAvailable extends SocketError {
  /** The class's name. */
  override readonly name: string = "AddrNotAvailable";
}
/** EACCES, EPERM: the system denies permission. */
export class PermissionDenied extends SocketError {
  /** The class's name. */
  override readonly name: string = "PermissionDenied";
}
/** ENOENT, ENOTFOUND: no such file, or a name that does not resolve. */
export class NotFound extends SocketError {
  /** The class's name. */
  override readonly name: string = "NotFound";
}
/** ECONNREFUSED: no socket listens at the address. */
export class ConnectionRefused extends SocketError {
  /** The class's name. */
  override readonly name: string = "ConnectionRefused";
}
/** ECONNRESET: the peer, or the network, reset the connection (RFC 9293 §3.5.2). */
export class ConnectionReset extends SocketError {
  /** The class's name. */
  override readonly name: string = "ConnectionReset";
}
/** ECONNABORTED: the local machine aborted the connection. */
export class ConnectionAborted extends SocketError {
  /** The class's name. */
  override readonly name: string = "ConnectionAborted";
}
/** EPIPE: a write after the peer closed, or after `closeWrite()`. */
export class BrokenPipe extends SocketError {
  /** The class's name. */
  override readonly name: string = "BrokenPipe";
}
/** ENOTCONN: the connection no longer exists. */
export class NotConnected extends SocketError {
  /** The class's name. */
  override readonly name: string = "NotConnected";
}
/** ETIMEDOUT: `timeoutMs` passed, or the kernel's own timeout did. */
export class TimedOut extends SocketError {
  /** The class's name. */
  override readonly name: string = "TimedOut";
}
/** EINTR, ECANCELED: closed locally while the operation was pending. */
export class Interrupted extends SocketError {
  /** The class's name. */
  override readonly name: string = "Interrupted";
}
/** EBADF: already closed locally. */
export class BadResource extends SocketError {
  /** The class's name. */
  override readonly name: string = "BadResource";
}
/** EMFILE, ENFILE: this process, or the system, is out of file descriptors. */
export class TooManyOpenFiles extends SocketError {
  /** The class's name. */
  override readonly name: string = "TooManyOpenFiles";
}
/** EMSGSIZE: the datagram is longer than the protocol allows. */
export class MessageTooLarge extends SocketError {
  /** The class's name. */
  override readonly name: string = "MessageTooLarge";
}
/** EHOSTUNREACH: no route to the host. */
export class HostUnreachable extends SocketError {
  /** The class's name. */
  override readonly name: string = "HostUnreachable";
}
/** ENETUNREACH: no route to the network. */
export class NetworkUnreachable extends SocketError {
  /** The class's name. */
  override readonly name: string = "NetworkUnreachable";
}
/**
 * EPROTO: the peer's bytes violate the protocol or are not trusted: a certificate, a
 * tampered record, an alert from the peer (RFC 8446 §6). EBADMSG: a local certificate
 * or key that cannot be used.
 */
export class InvalidData extends SocketError {
  /** The class's name. */
  override readonly name: string = "InvalidData";
}
/** EOF: the connection ended before the expected end; it may have been truncated. */
export class UnexpectedEof extends SocketError {
  /** The class's name. */
  override readonly name: string = "UnexpectedEof";
}
/** ENOTSUP, ENOSYS, EOPNOTSUPP: the runtime, the system or the kind of socket does not support it. */
export class NotSupported extends SocketError {
  /** The class's name. */
  override readonly name: string = "NotSupported";
}

const KINDS = {
  SocketError,
  AddrInUse,
  AddrNotAvailable,
  PermissionDenied,
  NotFound,
  ConnectionRefused,
  ConnectionReset,
  ConnectionAborted,
  BrokenPipe,
  NotConnected,
  TimedOut,
  Interrupted,
  BadResource,
  TooManyOpenFiles,
  MessageTooLarge,
  HostUnreachable,
  NetworkUnreachable,
  InvalidData,
  UnexpectedEof,
  NotSupported,
};
for (const [name, Kind] of Object.entries(KINDS)) share(name, Kind);
