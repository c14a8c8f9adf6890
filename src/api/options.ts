/**
 * Addresses, and the options of listening, connecting and waiting.
 *
 * @module
 */

/** The address of an IP endpoint. */
export interface NetAddr {
  /** The transport protocol. */
  readonly transport: "tcp" | "udp";
  /**
   * An IPv4 or IPv6 literal without brackets; IPv6 in the form of RFC 5952. A
   * link-local address has its zone, as the caller spelled it, if the runtime reports it.
   */
  readonly hostname: string;
  /** 0..65535. */
  readonly port: number;
}

/** The address of a Unix-domain endpoint. */
export interface UnixAddr {
  /** The transport protocol. */
  readonly transport: "unix";
  /** The path of the socket's file; `""` for an endpoint that is not bound to a path. */
  readonly path: string;
}

/** The address of an endpoint. */
export type Addr = NetAddr | UnixAddr;

/**
 * Limits on how long an operation may wait.
 *
 * A timeout or an abort ends only the wait; no data is lost. The bytes, the
 * connection or the datagram stay for the next operation of the same kind.
 */
export interface WaitOptions {
  /**
   * Ends the wait when it aborts; the operation then rejects with `signal.reason`.
   * If the signal is already aborted, the operation rejects and has no effect.
   */
  signal?: AbortSignal | undefined;
  /**
   * Ends the wait after this many milliseconds, 0..2147483647; the operation then
   * rejects {@linkcode errors.TimedOut} with ETIMEDOUT. Defaults to `Infinity`, no limit.
   */
  timeoutMs?: number | undefined;
}

/** Options of reads that wait for a number of bytes, or for a delimiter. */
export interface BoundedReadOptions extends WaitOptions {
  /**
   * The most bytes of a result, the delimiter included, 1 or more. It also bounds what
   * the connection stores for the read. Defaults to 65,536; of `readExactly()` and
   * `peek()` to 16,777,216.
   */
  maxBytes?: number | undefined;
}

/** Options of {@linkcode Conn.readLine} and {@linkcode Conn.lines}. */
export interface ReadLineOptions extends BoundedReadOptions {
  /**
   * Whether bytes that are not UTF-8 reject `InvalidData`, EBADMSG. By default each is
   * replaced by U+FFFD, as TextDecoder does.
   */
  fatal?: boolean | undefined;
}

/** How to listen for TCP connections. */
export interface TcpListenOptions {
  /**
   * An IP literal, with or without brackets, or a name that resolves to an
   * address of this machine. Defaults to `"0.0.0.0"`, every IPv4 address.
   */
  hostname?: string | undefined;
  /** 0..65535; with 0 the kernel chooses a free port, which is in `addr.port`. */
  port: number;
  /** Not used for TCP. */
  path?: undefined;
  /**
   * How many connections may wait to be accepted, 0..2147483647. The kernel
   * may cap it; 0 counts as 1, as on Linux. Defaults to 511.
   *
   * On Deno, which accepts on demand, the kernel refuses or ignores the connections
   * beyond it. On Node and Bun they are reset and counted in
   * {@linkcode Listener.dropped}.
   */
  backlog?: number | undefined;
  /**
   * Sets SO_REUSEPORT: several processes listen on one port, and the kernel
   * distributes connections among them. Off by default.
   */
  reusePort?: boolean | undefined;
  /** Sets IPV6_V6ONLY: an IPv6 listener accepts no IPv4 connections. Off by default. */
  ipv6Only?: boolean | undefined;
  /** TCP_NODELAY of the accepted connections. On by default. */
  noDelay?: boolean | undefined;
  /** SO_KEEPALIVE of the accepted connections. Off by default. */
  keepAlive?: boolean | undefined;
  /**
   * Cancels listening when it aborts before `listen` resolves. It has no
   * effect afterwards; use `close()` then.
   */
  signal?: AbortSignal | undefined;
}

/** How to listen for Unix-domain stream connections. */
export interface UnixListenOptions {
  /**
   * The file to create; at most 107 bytes on Linux, 103 elsewhere
   * (`sun_path` in `unix(7)`).
   */
  path: string;
  /** Not used for Unix sockets. */
  hostname?: undefined;
  /** Not used for Unix sockets. */
  port?: undefined;
  /** As for TCP. Deno uses the system's default; a value rejects `NotSupported`. */
  backlog?: number | undefined;
  /**
   * Replaces a stale socket file, left behind by a process that has ended. A file
   * is stale if connecting to it is refused. A file that has a listener, or that
   * is not a socket, is never changed. Off by default.
   */
  reclaim?: boolean | undefined;
  /**
   * The permission bits of the file, 0..0o777, such as `0o600`. Connecting requires
   * write permission (`unix(7)`). The file never has wider permissions than these.
   * Defaults to 0o777 less the umask of the process.
   *
   * The umask is narrowed while the file is created, which is one synchronous step.
   * It applies to files that other threads create at that moment too. Bits that the
   * umask removes are added by `chmod(2)` at once. On Deno it needs `--allow-sys`.
   * Rejects `NotSupported` on Windows, in a worker of `node:cluster`, and in worker
   * threads of Node.
   */
  mode?: number | undefined;
  /** As for TCP. */
  signal?: AbortSignal | undefined;
}

/** How to listen for stream connections. */
export type ListenOptions = TcpListenOptions | UnixListenOptions;

/** How to connect over TCP. */
export interface TcpConnectOptions extends WaitOptions {
  /**
   * An IP literal, with or without brackets, or a name. The addresses of a
   * name are tried with staggered starts (RFC 8305); the first that connects
   * is used. Defaults to `"127.0.0.1"`.
   */
  hostname?: string | undefined;
  /** 1..65535. */
  port: number;
  /** Not used for TCP. */
  path?: undefined;
  /** TCP_NODELAY. On by default. */
  noDelay?: boolean | undefined;
  /** SO_KEEPALIVE. Off by default. */
  keepAlive?: boolean | undefined;
}

/** How to connect to a Unix-domain stream socket. */
export interface UnixConnectOptions extends WaitOptions {
  /** The path of the socket's file. */
  path: string;
  /** Not used for Unix sockets. */
  hostname?: undefined;
  /** Not used for Unix sockets. */
  port?: undefined;
}

/** How to connect a stream. */
export type ConnectOptions = TcpConnectOptions | UnixConnectOptions;
