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
   * An IPv4 or IPv6 literal, without brackets; IPv6 as in RFC 5952. A link-local one
   * has its zone, spelled as it was asked for, where the runtime can know it.
   */
  readonly hostname: string;
  /** 0..65535. */
  readonly port: number;
}

/** The address of a Unix-domain endpoint. */
export interface UnixAddr {
  /** The transport protocol. */
  readonly transport: "unix";
  /** The file's path; `""` for an endpoint that was never bound to a name. */
  readonly path: string;
}

/** The address of an endpoint. */
export type Addr = NetAddr | UnixAddr;

/**
 * How long an operation may wait.
 *
 * Running out of time and being aborted stop the waiting and lose nothing:
 * what the operation was waiting for goes to the next one of its kind.
 */
export interface WaitOptions {
  /**
   * Stops the waiting when it aborts; the operation then rejects with
   * `signal.reason`. An operation called with an aborted signal does nothing.
   */
  signal?: AbortSignal | undefined;
  /**
   * Stops the waiting after so many milliseconds, 0..2147483647; the operation
   * then rejects {@linkcode errors.TimedOut} with ETIMEDOUT. `Infinity` is no limit,
   * which is the default.
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
  /** 0..65535; 0 asks the system for a free port, which `addr.port` then tells. */
  port: number;
  /** Not for TCP. */
  path?: undefined;
  /**
   * How many connections may wait to be accepted, 0..2147483647. The system
   * may cap it, and 0 counts as 1, as it does on Linux. Defaults to 511.
   *
   * Beyond it the system refuses or ignores new connections where the runtime
   * accepts only on demand (Deno); elsewhere (Node, Bun) the excess is reset
   * and counted in {@linkcode Listener.dropped}.
   */
  backlog?: number | undefined;
  /**
   * Sets SO_REUSEPORT, so that several processes listen on one port and the
   * system spreads connections over them. Off by default.
   */
  reusePort?: boolean | undefined;
  /** Sets IPV6_V6ONLY: an IPv6 listener takes no IPv4 connections. Off by default. */
  ipv6Only?: boolean | undefined;
  /** TCP_NODELAY of the accepted connections. On by default. */
  noDelay?: boolean | undefined;
  /** SO_KEEPALIVE of the accepted connections. Off by default. */
  keepAlive?: boolean | undefined;
  /**
   * Gives up listening when it aborts before `listen` resolves. It has no
   * effect afterwards: `close()` ends a listener.
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
  /** Not for Unix sockets. */
  hostname?: undefined;
  /** Not for Unix sockets. */
  port?: undefined;
  /** As for TCP. On Deno the system's own; giving one rejects `NotSupported`. */
  backlog?: number | undefined;
  /**
   * Takes over a socket file that an ended process left behind. Whether one
   * was left behind is found out by connecting to it; a file that a listener
   * listens on, or that is no socket, is never touched. Off by default.
   */
  reclaim?: boolean | undefined;
  /**
   * The permission bits of the file, 0..0o777, such as `0o600`. To connect takes the
   * right to write (`unix(7)`). The file never has wider rights than these, not even
   * for a moment. Unless given, it has what the process's umask leaves of 0o777.
   *
   * The umask of the process is narrowed while the file is made, which is one
   * synchronous step; a file that another thread makes in that moment is narrower
   * too. Bits that the umask takes away are added by `chmod(2)` at once. On Deno it
   * needs `--allow-sys`. Rejects `NotSupported` on Windows, in a worker of
   * `node:cluster`, and in worker threads of Node.
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
   * name are tried with staggered starts (RFC 8305) and the first that
   * connects is taken. Defaults to `"127.0.0.1"`.
   */
  hostname?: string | undefined;
  /** 1..65535. */
  port: number;
  /** Not for TCP. */
  path?: undefined;
  /** TCP_NODELAY. On by default. */
  noDelay?: boolean | undefined;
  /** SO_KEEPALIVE. Off by default. */
  keepAlive?: boolean | undefined;
}

/** How to connect to a Unix-domain stream socket. */
export interface UnixConnectOptions extends WaitOptions {
  /** The socket's file. */
  path: string;
  /** Not for Unix sockets. */
  hostname?: undefined;
  /** Not for Unix sockets. */
  port?: undefined;
}

/** How to connect a stream. */
export type ConnectOptions = TcpConnectOptions | UnixConnectOptions;

/**
 * Bytes that were read, in a buffer of their own.
 *
 * It is `Uint8Array<ArrayBuffer>`, which a `TextDecoderStream` wants, said so
 * that TypeScript before 5.7 understands it too.
 */
export type Chunk = ReturnType<Uint8Array["slice"]>;

/** How TCP keep-alive probes are sent. */
export interface KeepAliveOptions {
  /**
   * Milliseconds of silence before the first probe, 1000..2147483647, in whole
   * seconds (TCP_KEEPIDLE). Deno cannot set it: `NotSupported`.
   */
  delayMs: number;
}

/**
 * A stream connection: a duplex of bytes, in order and reliable, whose two
 * directions end separately.
 *
 * A pending operation keeps the process alive, an idle connection does not.
 */
export interface Conn<A extends Addr = Addr> extends Disposable {
  /** This end's address, also after closing. */
  readonly localAddr: A;
  /** The peer's address, also after closing. */
  readonly remoteAddr: A;
  /** How many bytes reads have given, by this object or its `readable`; also after closing. */
  readonly bytesRead: number;
  /**
   * How many bytes of writes the system has taken, of those that wait too; also
   * after closing.
   */
  readonly bytesWritten: number;

  /**
   * Reads the next bytes into `p`; may fill only part of it.
   *
   * Reads queue: each is served in the order it was called. Cancelling leaves
   * the bytes for the next read, and `p` untouched from then on.
   *
   * @param p Destination. Leave it alone until the promise settles.
   * @returns Bytes read, 1..`p.byteLength`, as soon as there are any; `null`,
   *   again and again, once the peer has sent FIN (RFC 9293 §3.6), after which
   *   writing may go on; 0 at once when `p` is empty.
   * @throws {errors.ConnectionReset} ECONNRESET, each time, after the bytes that came first
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   * @throws {errors.BadResource} EBADF, already closed here
   */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null>;

  /**
   * Reads the next bytes as the chunk they arrived in, without a copy where
   * the runtime allows it.
   *
   * The chunk belongs to the caller. Order, cancelling and errors are those of
   * {@linkcode Conn.read}, with which it may be mixed.
   *
   * @returns 1 byte or more; `null` once the peer has sent FIN.
   * @throws {errors.ConnectionReset} ECONNRESET, each time, after the bytes that came first
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   * @throws {errors.BadResource} EBADF, already closed here
   */
  readChunk(options?: WaitOptions): Promise<Chunk | null>;

  /**
   * Writes all of `p`, after the writes called before it.
   *
   * It waits while the peer does not read (backpressure), and resolves when
   * the system has taken every byte: `p` may then be changed. Several pieces
   * are gathered into one system call where that is possible.
   *
   * The system sends what it has taken also when the process ends, as long as it
   * holds no bytes of the peer's that were not read: then it resets the connection,
   * and drops both (RFC 1122 §4.2.2.13). To be sure, call `closeWrite()` and read to
   * the end, or `close()` and let the process end by itself. Over TLS 1.3 a server
   * may send such bytes unasked, its session tickets. On Bun, `process.exit()` may
   * lose the last write over TLS to a peer that does not read, if it is of 16 KiB or
   * less: Bun holds it, and tells nothing of it until it is gone.
   *
   * The buffer of `p` must stay. A write whose buffer is transferred away, or whose
   * Wasm memory grows, while it waits rejects `TypeError`, and further writes go on;
   * `bytesWritten` counts what was sent of it. Node goes on reading where the buffer
   * was: memory that its new owner has freed may be sent. Write a copy of what may be
   * transferred. Buffers that can be resized and shared memory are copied.
   *
   * Cancelling stops the waiting only. The write stays queued, whole and in
   * its place, and what is left of `p` is copied at that moment.
   *
   * @param p Bytes, or pieces to be sent one after the other.
   * @returns The number of bytes of `p`; 0 for none, also after `closeWrite()`.
   * @throws {errors.BrokenPipe} EPIPE, the peer has closed, or after `closeWrite()`
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   * @throws {errors.BadResource} EBADF, already closed here
   * @throws {TypeError} `p` is no bytes, or its buffer is gone
   */
  write(
    p: Uint8Array | readonly Uint8Array[],
    options?: WaitOptions,
  ): Promise<number>;

  /**
   * Ends the writing direction: sends FIN after the writes called before it
   * (`shutdown(2)` with SHUT_WR, RFC 9293 §3.6). Reading goes on.
   *
   * Calling it again has no effect and resolves with the first call.
   *
   * @throws {errors.BrokenPipe} EPIPE, a write before it failed
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.NotConnected} ENOTCONN, the peer has reset the connection
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   * @throws {errors.BadResource} EBADF, already closed here
   */
  closeWrite(): Promise<void>;

  /**
   * Ends both directions and frees the descriptor. A second call has no effect.
   *
   * Every write that has resolved still reaches the peer. Operations that wait
   * reject `Interrupted`; if one of them was a write, or a cancelled write was
   * still queued, the peer sees a reset where the runtime can send one, because
   * a clean end after half a message would be a lie. A reset also discards what
   * the system has taken but not sent yet.
   */
  close(): void;

  /**
   * Ends both directions at once and frees the descriptor, so that the peer sees
   * a failure: its reads reject ECONNRESET instead of ending (ABORT, RFC 9293
   * §3.10.5). What the system has taken but not sent yet is discarded.
   *
   * Operations that wait reject `Interrupted`. Where there is no way to reset,
   * which is so for Unix sockets and on Deno, it is {@linkcode Conn.close}. It
   * has no effect on a connection that is closed.
   */
  reset(): void;

  /**
   * The incoming bytes as a stream.
   *
   * It ends at the peer's FIN and leaves writing open. Cancelling it stops the
   * reading only. No byte is read before it is asked for. When this stream and
   * {@linkcode Conn.writable} are both done, the connection is closed.
   *
   * Its reads and those of {@linkcode Conn.read} and {@linkcode Conn.readChunk} are
   * served in the order in which they are called.
   *
   * A loop that ends by `break` or an exception cancels it. Further loops and
   * pipes over it then reject `BadResource`, because the bytes have not ended;
   * {@linkcode Conn.readChunk} reads on. Readers of the cancelled stream are
   * done, as the standard has it.
   */
  readonly readable: ReadableStream<Chunk>;

  /**
   * The outgoing bytes as a stream.
   *
   * Closing it is {@linkcode Conn.closeWrite}. Aborting it is
   * {@linkcode Conn.reset}, also by a source that fails while it is piped in: the
   * peer does not take a part for the whole. Over TLS there is no close_notify.
   */
  readonly writable: WritableStream<Uint8Array>;

  /**
   * Sets TCP_NODELAY, which is on unless an option said otherwise: small
   * writes are sent at once instead of waiting for an acknowledgement.
   *
   * @throws {errors.NotSupported} ENOTSUP, not a TCP connection
   * @throws {errors.BadResource} EBADF, already closed here
   */
  setNoDelay(noDelay?: boolean): void;

  /**
   * Sets SO_KEEPALIVE: probes that find out whether a silent peer is still there.
   *
   * @throws {errors.NotSupported} ENOTSUP, not a TCP connection, or `delayMs` on a runtime without it
   * @throws {errors.BadResource} EBADF, already closed here
   */
  setKeepAlive(keepAlive?: boolean | KeepAliveOptions): void;

  /** Lets waiting reads keep the process alive again, after `unref()`. */
  ref(): void;

  /**
   * Lets the process end though reads wait. Bytes that wait to be sent keep it
   * alive all the same.
   */
  unref(): void;
}

/**
 * A socket that listens for connections.
 *
 * A pending accept keeps the process alive, an idle listener does not.
 */
export interface Listener<A extends Addr = Addr>
  extends AsyncIterable<Conn<A>>, Disposable {
  /** The address listened on, with the port that the system chose for port 0. */
  readonly addr: A;

  /**
   * How many connections were reset here because `backlog` connections were
   * waiting already. Stays 0 where the system holds the queue (Deno).
   */
  readonly dropped: number;

  /**
   * Waits for the next connection.
   *
   * Accepts queue: each is served in the order it was called. A connection
   * that its peer has reset in the meantime is skipped. Cancelling leaves the
   * connection for the next accept.
   *
   * @throws {errors.TooManyOpenFiles} EMFILE or ENFILE; where the runtime tells, accepting may go on
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.BadResource} EBADF, closed here, before or while waiting
   */
  accept(options?: WaitOptions): Promise<Conn<A>>;

  /**
   * Stops listening; the address can be listened on again at once. Connections
   * that wait to be accepted are reset. A Unix listener unlinks its file unless
   * another has taken its place. A second call has no effect.
   */
  close(): void;

  /**
   * Yields connections until the listener is closed, and outlives what ends a
   * plain accept loop: when descriptors or memory run out (EMFILE, ENFILE,
   * ENOBUFS, ENOMEM) it backs off, 5 ms doubling to 1 s, and goes on. Leaving
   * the loop does not close the listener.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Conn<A>>;

  /** Lets a pending accept keep the process alive again, after `unref()`. */
  ref(): void;

  /** Lets the process end even while an accept is pending. */
  unref(): void;
}
