/**
 * The errors: one class per kind of failure, the same on every runtime.
 *
 * @module
 */
import type { Addr } from "./stream.ts";

/** The steps that can fail. */
export type Operation =
  | "listen"
  | "accept"
  | "connect"
  | "read"
  | "write"
  | "closeWrite"
  | "setNoDelay"
  | "setKeepAlive"
  // Those of datagram sockets.
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
  // Those of TLS.
  | "listenTls"
  | "connectTls"
  | "startTls"
  | "handshake"
  | "reload"
  // Those of the classic socket.
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
 * Why TLS failed, as {@linkcode SocketError.reason} says it:
 *
 * - `"untrusted-certificate"`: the peer's certificate does not lead to one that is
 *   trusted, is out of its time, is for another purpose, or is weak or malformed
 *   (RFC 5280 §6). The message says which, as far as the runtime does.
 * - `"name-mismatch"`: the server's certificate is trusted, but for other names
 *   (RFC 9525).
 * - `"certificate-required"`: the client has sent no certificate, and has to.
 * - `"no-application-protocol"`: no protocol of `alpnProtocols` is the client's too
 *   (RFC 7301 §3.2).
 * - `"unrecognized-name"`: the client names a server that this is not (RFC 6066 §3).
 * - `"protocol-version"`: there is no version that both ends speak.
 * - `"no-shared-parameters"`: there is no cipher suite, group or signature algorithm
 *   that both ends have (RFC 8446 §4.1.1).
 * - `"not-tls"`: what came is no record of TLS; the peer may speak another protocol.
 * - `"bad-record"`: a record was changed on its way, or is against the protocol.
 * - `"truncated"`: the peer's bytes ended without close_notify (RFC 8446 §6.1).
 * - `"timeout"`: the handshake took too long.
 * - `"peer-alert"`: the peer has refused this end; {@linkcode SocketError.alert} says
 *   with which alert.
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

/** What a {@linkcode SocketError} carries beside its message. */
export interface SocketErrorOptions extends ErrorOptions {
  /** The errno's name, such as `"ECONNREFUSED"`. */
  code: string;
  /** The step that failed. */
  operation: Operation;
  /** The address it failed at; absent where there is none. */
  address?: Addr | undefined;
  /** Why TLS failed, where it did. */
  reason?: TlsReason | undefined;
  /** The alert that the peer has sent, by its name in RFC 8446 §6. */
  alert?: string | undefined;
}

/**
 * The operating system, or the state of a socket, refused an operation.
 *
 * What no class below names is a plain `SocketError` with the system's code.
 */
export class SocketError extends Error {
  /**
   * Whether a value is an error of this class: also one that another copy of this
   * library in the same process has made.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = brands.get(this);
    // A class that a program derives has instances of its own alone.
    return brand === undefined
      ? Function.prototype[Symbol.hasInstance].call(this, value)
      : typeof value === "object" && value !== null && brand in value;
  }

  /** The class's name. */
  override readonly name: string = "SocketError";
  /** The errno's name, such as `"ECONNREFUSED"`. */
  readonly code: string;
  /** The step that failed. */
  readonly operation: Operation;
  /** The address it failed at, where there is one. */
  readonly address: Addr | undefined;
  /** Why TLS failed; left out where it was not TLS that failed. */
  declare readonly reason?: TlsReason;
  /**
   * The alert by which the peer has refused this end, such as `"unknown_ca"`
   * (RFC 8446 §6, RFC 5246 §7.2); left out where there was none, or none of those.
   */
  declare readonly alert?: string;

  /**
   * Whether the same may succeed later without a change here, on a new connection
   * where this one is over: the network, the peer, or what the system has to give
   * (descriptors, memory, room in a queue) may be better by then. So it is of
   * ECONNREFUSED, ECONNRESET, ECONNABORTED, ETIMEDOUT, EHOSTUNREACH, EHOSTDOWN,
   * ENETUNREACH, ENETDOWN, EMFILE, ENFILE, ENOBUFS, ENOMEM and EAGAIN (`errno(3)`), of
   * EOF, and of ENOTFOUND where the resolver could not be asked (EAI_AGAIN,
   * `getaddrinfo(3)`).
   */
  get transient(): boolean {
    return TRANSIENT.has(this.code) ||
      this.code === "ENOTFOUND" && isUnasked(this.cause);
  }

  /**
   * Makes an error; the library does.
   *
   * @param message What could not be done, where, and why.
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
  }
}

/** What marks the instances of each class, in every copy of the library. */
const brands = new Map<unknown, symbol>();

/** Lets every copy of the library know the instances of a class. */
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

/** Whether a resolver's error says that it could not be asked; on Deno, by its words alone. */
function isUnasked(cause: unknown): boolean {
  return cause instanceof Error &&
    ((cause as { code?: unknown }).code === "EAI_AGAIN" ||
      /Temporary failure in name resolution|Try again/.test(cause.message));
}

/** EADDRINUSE: another socket has the address, or a file the Unix path. */
export class AddrInUse extends SocketError {
  /** The class's name. */
  override readonly name: string = "AddrInUse";
}
/** EADDRNOTAVAIL: the address does not belong to this machine. */
export class AddrNotAvailable extends SocketError {
  /** The class's name. */
  override readonly name: string = "AddrNotAvailable";
}
/** EACCES, EPERM: the system does not allow it. */
export class PermissionDenied extends SocketError {
  /** The class's name. */
  override readonly name: string = "PermissionDenied";
}
/** ENOENT, ENOTFOUND: no such file, or a name that did not resolve. */
export class NotFound extends SocketError {
  /** The class's name. */
  override readonly name: string = "NotFound";
}
/** ECONNREFUSED: no socket listens there. */
export class ConnectionRefused extends SocketError {
  /** The class's name. */
  override readonly name: string = "ConnectionRefused";
}
/** ECONNRESET: the peer, or the network, broke the connection off (RFC 9293 §3.5.2). */
export class ConnectionReset extends SocketError {
  /** The class's name. */
  override readonly name: string = "ConnectionReset";
}
/** ECONNABORTED: this machine broke the connection off. */
export class ConnectionAborted extends SocketError {
  /** The class's name. */
  override readonly name: string = "ConnectionAborted";
}
/** EPIPE: written after the peer closed, or after `closeWrite()`. */
export class BrokenPipe extends SocketError {
  /** The class's name. */
  override readonly name: string = "BrokenPipe";
}
/** ENOTCONN: the connection is gone. */
export class NotConnected extends SocketError {
  /** The class's name. */
  override readonly name: string = "NotConnected";
}
/** ETIMEDOUT: `timeoutMs` passed, or the system gave up. */
export class TimedOut extends SocketError {
  /** The class's name. */
  override readonly name: string = "TimedOut";
}
/** EINTR, ECANCELED: closed here while the operation waited. */
export class Interrupted extends SocketError {
  /** The class's name. */
  override readonly name: string = "Interrupted";
}
/** EBADF: already closed here. */
export class BadResource extends SocketError {
  /** The class's name. */
  override readonly name: string = "BadResource";
}
/** EMFILE, ENFILE: this process, or the system, is out of file descriptors. */
export class TooManyOpenFiles extends SocketError {
  /** The class's name. */
  override readonly name: string = "TooManyOpenFiles";
}
/** EMSGSIZE: the datagram is longer than one can be. */
export class MessageTooLarge extends SocketError {
  /** The class's name. */
  override readonly name: string = "MessageTooLarge";
}
/** EHOSTUNREACH: no way to the host. */
export class HostUnreachable extends SocketError {
  /** The class's name. */
  override readonly name: string = "HostUnreachable";
}
/** ENETUNREACH: no way to the network. */
export class NetworkUnreachable extends SocketError {
  /** The class's name. */
  override readonly name: string = "NetworkUnreachable";
}
/**
 * EPROTO: what came is not what the protocol says, or not to be trusted: a
 * certificate, tampered bytes, an alert of the peer (RFC 8446 §6). EBADMSG: a
 * certificate or key of this end that cannot be used.
 */
export class InvalidData extends SocketError {
  /** The class's name. */
  override readonly name: string = "InvalidData";
}
/** EOF: the connection ended where more had to come; it may have been cut off. */
export class UnexpectedEof extends SocketError {
  /** The class's name. */
  override readonly name: string = "UnexpectedEof";
}
/** ENOTSUP, ENOSYS, EOPNOTSUPP: this runtime, system or kind of socket cannot do it. */
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
