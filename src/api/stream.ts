/// <reference lib="esnext.disposable" preserve="true" />

/**
 * Addresses, connections and listeners of TCP and Unix sockets, on every runtime.
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

/**
 * Bytes that were read, in a buffer of their own.
 *
 * It is `Uint8Array<ArrayBuffer>`, which `TextDecoderStream` requires, written so
 * that TypeScript before 5.7 accepts it too.
 */
export type Chunk = ReturnType<Uint8Array["slice"]>;

/** Options of TCP keep-alive. */
export interface KeepAliveOptions {
  /**
   * Idle milliseconds before the first probe, 1000..2147483647, in whole
   * seconds (TCP_KEEPIDLE). Deno cannot set it: `NotSupported`.
   */
  delayMs: number;
}

/**
 * A stream connection: a reliable, ordered, full-duplex stream of bytes, whose two
 * directions close separately (half-close).
 *
 * A pending operation keeps the process alive; an idle connection does not.
 */
export interface Conn<A extends Addr = Addr> extends Disposable {
  /** The local address; also after closing. */
  readonly localAddr: A;
  /** The peer's address; also after closing. */
  readonly remoteAddr: A;
  /** Bytes that reads have returned, of this object or its `readable`; also after closing. */
  readonly bytesRead: number;
  /**
   * Bytes of writes that the kernel has accepted, pending writes included; also
   * after closing.
   */
  readonly bytesWritten: number;

  /**
   * Reads the next bytes into `p`; may fill only part of it.
   *
   * Reads queue: each is served in the order it was called. A cancelled read leaves
   * the bytes for the next read, and does not change `p` after that.
   *
   * @param p Destination. Do not use it until the promise settles.
   * @returns Bytes read, 1..`p.byteLength`, as soon as any have arrived; `null`,
   *   on every call, once the peer has sent FIN (RFC 9293 §3.6), after which
   *   writing may continue; 0 at once when `p` is empty.
   * @throws {errors.ConnectionReset} ECONNRESET, on every call, once the bytes before it are read
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null>;

  /**
   * Reads the next bytes as the chunk in which they arrived, without a copy where
   * the runtime allows it.
   *
   * The caller owns the chunk. Order, cancelling and errors are those of
   * {@linkcode Conn.read}; the two may be mixed.
   *
   * @returns 1 byte or more; `null` once the peer has sent FIN.
   * @throws {errors.ConnectionReset} ECONNRESET, on every call, once the bytes before it are read
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  readChunk(options?: WaitOptions): Promise<Chunk | null>;

  /**
   * Writes all of `p`, after the writes called before it.
   *
   * The promise resolves when the kernel has accepted every byte; `p` may then be
   * changed. It stays pending while the peer does not read (backpressure). Several
   * pieces are gathered into one system call where that is possible.
   *
   * The kernel sends the bytes it has accepted even after the process ends. If bytes
   * from the peer are unread at that time, it resets the connection and drops both
   * (RFC 1122 §4.2.2.13). To avoid that, call `closeWrite()` and read to EOF, or
   * call `close()` and let the process end by itself. A TLS 1.3 server may send such
   * bytes unrequested: its session tickets.
   *
   * On Bun, `process.exit()` may lose the last write over TLS, of 16 KiB or less, to
   * a peer that does not read. Bun buffers it and does not report it until it is sent.
   *
   * Keep the buffer of `p` attached. If it is transferred, or its Wasm memory grows,
   * the pending write rejects `TypeError`; later writes continue, and `bytesWritten`
   * counts the bytes that were sent. Node goes on reading the old memory: if its new
   * owner has freed it, its later content may be sent. Write a copy of a buffer that
   * may be transferred. Resizable buffers and shared memory are copied.
   *
   * Cancelling ends only the wait. The write stays queued, whole and in order; the
   * rest of `p` is copied at that moment.
   *
   * @param p Bytes, or pieces that are sent in order.
   * @returns The number of bytes of `p`; 0 for none, also after `closeWrite()`.
   * @throws {errors.BrokenPipe} EPIPE, the peer has closed, or after `closeWrite()`
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   * @throws {TypeError} `p` is not bytes, or its buffer is detached
   */
  write(
    p: Uint8Array | readonly Uint8Array[],
    options?: WaitOptions,
  ): Promise<number>;

  /**
   * Closes the writing direction: sends FIN after the writes called before it
   * (`shutdown(2)` with SHUT_WR, RFC 9293 §3.6). Reading may continue.
   *
   * A second call has no effect and resolves with the first.
   *
   * @throws {errors.BrokenPipe} EPIPE, a write before it failed
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.NotConnected} ENOTCONN, the peer has reset the connection
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  closeWrite(): Promise<void>;

  /**
   * Closes both directions and frees the descriptor. A second call has no effect.
   *
   * Every write that has resolved still reaches the peer. Pending operations reject
   * `Interrupted`. If a write is pending, or a cancelled write is still queued, the
   * connection is reset where the runtime can: FIN after part of a message would look
   * complete. A reset also discards bytes that the kernel has accepted but not sent.
   */
  close(): void;

  /**
   * Resets the connection and frees the descriptor (ABORT, RFC 9293 §3.10.5): the
   * peer's reads reject ECONNRESET instead of returning EOF. Bytes that the kernel
   * has accepted but not sent are discarded.
   *
   * Pending operations reject `Interrupted`. For Unix sockets and on Deno there is no
   * reset; there it is the same as {@linkcode Conn.close}. It has no effect on a
   * closed connection.
   */
  reset(): void;

  /**
   * The incoming bytes as a stream.
   *
   * It ends at the peer's FIN and leaves the writing direction open. Cancelling it
   * closes only the reading direction. It reads no byte ahead of demand. When this
   * stream and {@linkcode Conn.writable} are both finished, the connection closes.
   *
   * Its reads queue in call order with those of {@linkcode Conn.read} and
   * {@linkcode Conn.readChunk}.
   *
   * A loop that ends by `break` or an exception cancels it. Later loops and pipes
   * over it reject `BadResource`, because EOF was not reached;
   * {@linkcode Conn.readChunk} continues to read. A reader of the cancelled stream
   * gets `done`, as the Streams standard requires.
   */
  readonly readable: ReadableStream<Chunk>;

  /**
   * The outgoing bytes as a stream.
   *
   * Closing it calls {@linkcode Conn.closeWrite}. Aborting it calls
   * {@linkcode Conn.reset}, also when a source that is piped into it fails, so the
   * peer cannot mistake a part for the whole. Over TLS no close_notify is sent.
   */
  readonly writable: WritableStream<Uint8Array>;

  /**
   * Sets TCP_NODELAY, which is on by default: small writes are sent at once
   * instead of waiting for an acknowledgement.
   *
   * @throws {errors.NotSupported} ENOTSUP, not a TCP connection
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  setNoDelay(noDelay?: boolean): void;

  /**
   * Sets SO_KEEPALIVE: probes detect whether a silent peer is still reachable.
   *
   * @throws {errors.NotSupported} ENOTSUP, not a TCP connection, or `delayMs` on a runtime without it
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  setKeepAlive(keepAlive?: boolean | KeepAliveOptions): void;

  /** Makes pending reads keep the process alive again, after `unref()`. */
  ref(): void;

  /**
   * Stops pending reads from keeping the process alive. Pending writes still keep
   * it alive.
   */
  unref(): void;
}

/**
 * A socket that listens for connections.
 *
 * A pending accept keeps the process alive; an idle listener does not.
 */
export interface Listener<A extends Addr = Addr>
  extends AsyncIterable<Conn<A>>, Disposable {
  /** The local address, with the port that the kernel chose for port 0. */
  readonly addr: A;

  /**
   * How many connections were reset locally because `backlog` connections were
   * already waiting. Stays 0 on Deno, where the kernel holds the queue.
   */
  readonly dropped: number;

  /**
   * Waits for the next connection.
   *
   * Accepts queue: each is served in the order it was called. A connection that the
   * peer has already reset is skipped. Cancelling leaves the connection for the next
   * accept.
   *
   * @throws {errors.TooManyOpenFiles} EMFILE or ENFILE, if the runtime reports it; accepting may continue
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.BadResource} EBADF, closed locally, before the call or while pending
   */
  accept(options?: WaitOptions): Promise<Conn<A>>;

  /**
   * Stops listening; the address can be listened on again at once. Connections in
   * the backlog are reset. A Unix listener unlinks its file, unless another file has
   * replaced it. A second call has no effect.
   */
  close(): void;

  /**
   * Yields connections until the listener is closed. On EMFILE, ENFILE, ENOBUFS or
   * ENOMEM, accepting backs off exponentially (5 ms to 1 s) and resumes. Leaving the
   * loop does not close the listener.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Conn<A>>;

  /** Makes a pending accept keep the process alive again, after `unref()`. */
  ref(): void;

  /** Stops a pending accept from keeping the process alive. */
  unref(): void;
}
