/// <reference lib="esnext.disposable" preserve="true" />

/**
 * Connections and listeners of TCP and Unix sockets, on every runtime.
 *
 * @module
 */

import type {
  Addr,
  BoundedReadOptions,
  ReadLineOptions,
  WaitOptions,
} from "./options.ts";

export type * from "./options.ts";

/**
 * Bytes that were read, in a buffer of their own.
 *
 * It is `Uint8Array<ArrayBuffer>`, which `TextDecoderStream` requires, written so
 * that TypeScript before 5.7 accepts it too.
 */
export type Chunk = ReturnType<Uint8Array["slice"]>;

/** Something to write: bytes, or a string that is sent as UTF-8. */
export type Writable = Uint8Array | string;

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
   * Reads exactly `size` bytes, or fills all of a buffer.
   *
   * A read that fails takes no byte: after a time limit, an abort, a limit or an end the
   * next read gets them. Order is that of {@linkcode Conn.read}; all reads may be mixed.
   *
   * @param size 0..`maxBytes`, or the buffer to fill. Do not use the buffer until the
   *   promise settles.
   * @returns The bytes, in a buffer of their own, or the buffer; `null` at EOF if no
   *   byte is left.
   * @throws {errors.UnexpectedEof} EOF, the peer has sent FIN before; `received` says
   *   after how many bytes
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   * @throws {RangeError} `size` is over `maxBytes`
   *
   * @example A message behind its length
   * ```ts no-eval
   * import { connect } from "@anyport/sockets";
   *
   * using conn = await connect({ port: 8080 });
   * const head = await conn.readExactly(4);
   * if (head !== null) {
   *   const size = new DataView(head.buffer).getUint32(0);
   *   const body = await conn.readExactly(size, { maxBytes: 65_536 });
   * }
   * ```
   */
  readExactly<P extends number | Uint8Array>(
    size: P,
    options?: BoundedReadOptions,
  ): Promise<(P extends number ? Chunk : P) | null>;

  /**
   * Reads up to a delimiter, and with it.
   *
   * The search looks at each byte once, however the bytes arrive. Failures take no byte,
   * as for {@linkcode Conn.readExactly}.
   *
   * @param delimiter 1 byte or more; a string stands for its UTF-8.
   * @returns The bytes, with the delimiter; `null` at EOF if no byte is left.
   * @throws {errors.MessageTooLarge} EMSGSIZE, no delimiter within `maxBytes`
   * @throws {errors.UnexpectedEof} EOF, the peer has sent FIN before the delimiter
   * @throws what {@linkcode Conn.readExactly} throws
   */
  readUntil(
    delimiter: Uint8Array | string,
    options?: BoundedReadOptions,
  ): Promise<Chunk | null>;

  /**
   * Reads a line of UTF-8, without its LF or CRLF.
   *
   * The last line may have no end of line. Failures take no byte, as for
   * {@linkcode Conn.readExactly}.
   *
   * @returns The line; `null` at EOF if no byte is left.
   * @throws {errors.MessageTooLarge} EMSGSIZE, no end of line within `maxBytes`
   * @throws {errors.InvalidData} EBADMSG, not UTF-8, with `fatal`
   * @throws what {@linkcode Conn.readExactly} throws
   */
  readLine(options?: ReadLineOptions): Promise<string | null>;

  /**
   * Yields lines until EOF, each as {@linkcode Conn.readLine} reads it. Leaving the loop
   * loses no byte.
   */
  lines(options?: ReadLineOptions): AsyncIterableIterator<string>;

  /**
   * Waits for `size` bytes and returns them, without taking them: the next read gets
   * them again.
   *
   * @param size 1..`maxBytes`.
   * @returns The bytes, in a buffer of their own: fewer than `size` only at EOF; `null`
   *   at EOF if no byte is left.
   * @throws what {@linkcode Conn.readExactly} throws
   *
   * @example TLS or plain text on one port
   * ```ts no-eval
   * import { listen } from "@anyport/sockets";
   *
   * using listener = await listen({ port: 8080 });
   * using conn = await listener.accept();
   * const first = await conn.peek(1, { timeoutMs: 5000 });
   * const isTls = first?.[0] === 22;
   * ```
   */
  peek(size: number, options?: BoundedReadOptions): Promise<Chunk | null>;

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
   * @param p Bytes, a string that is sent as UTF-8, or pieces that are sent in order.
   * @returns The number of bytes; 0 for none, also after `closeWrite()`.
   * @throws {errors.BrokenPipe} EPIPE, the peer has closed, or after `closeWrite()`
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   * @throws {TypeError} `p` is neither bytes nor text, or its buffer is detached
   */
  write(
    p: Writable | readonly Writable[],
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
