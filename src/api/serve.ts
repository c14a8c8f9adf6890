/**
 * The types of {@linkcode serve}: options, events, statistics and the server.
 *
 * @module
 */
import type {
  Addr,
  Conn,
  TcpListenOptions,
  UnixListenOptions,
} from "./stream.ts";

/** The second argument of a handler. */
export interface ServeInfo {
  /**
   * Aborts when the server shuts down. Pass it to reads that wait for the next
   * request. A handler that rejects with its `reason` counts as returned.
   */
  readonly signal: AbortSignal;
}

/**
 * Serves one connection, which is closed when the returned promise settles.
 *
 * When the handler returns, or its promise resolves, its queued writes are sent, then
 * FIN. The peer's remaining bytes are discarded until its FIN, for at most two seconds.
 * When the handler throws, or its promise rejects, the connection is reset (see
 * {@linkcode Conn.reset}).
 *
 * Return or await every operation that it starts. Once it has returned, pending reads
 * reject `Interrupted` and later calls reject `BadResource`; the message ends with
 * "closed by serve(): its handler has returned". On Deno, a pending `read(p)` rejects
 * only when the peer sends or closes, or when the two seconds are over. After a time
 * limit or a shutdown, the message names that limit instead. The runtime reports
 * unhandled rejections as usual; the server does not.
 */
export type Handler<A extends Addr = Addr> = (
  conn: Conn<A>,
  info: ServeInfo,
) => unknown;

/** The minimum throughput of a connection. */
export interface MinRate {
  /** Bytes per second, read and written together; above 0. */
  readonly bytesPerSecond: number;
  /** The measuring period in milliseconds, 100..2147483647. Defaults to 10000. */
  readonly overMs?: number | undefined;
}

/** Options of a server. */
export interface ServeOptions<A extends Addr = Addr> {
  /**
   * How many connections may be open at once, 1 or more. Further connections stay in
   * the accept backlog, see {@linkcode TcpListenOptions.backlog}. No limit by default.
   */
  maxConnections?: number | undefined;
  /**
   * How many connections one remote host may have open at once, 1 or more.
   * Further connections are reset. No limit by default. TCP only.
   *
   * A host is an IPv4 address, also in its IPv4-mapped form
   * (`::ffff:192.0.2.1`), or all IPv6 addresses that share the first
   * `ipv6PrefixLength` bits. A link-local IPv6 address (`fe80::/10`), together with
   * its zone, is a host of its own.
   */
  maxConnectionsPerHost?: number | undefined;
  /**
   * How many leading bits of an IPv6 address identify a host for
   * `maxConnectionsPerHost`, 1..128. Defaults to 64, because a machine may use every
   * address of its /64 (RFC 4291 §2.5.1, RFC 8981). A subscriber often has a
   * /56 or a /48 (RFC 6177); 128 counts single addresses. TCP only.
   */
  ipv6PrefixLength?: number | undefined;
  /**
   * How many connections may be accepted per second, above 0. After an idle period, up
   * to one second's worth is accepted at once. Further connections stay in the backlog.
   * No limit by default.
   */
  acceptRate?: number | undefined;
  /**
   * The only remote addresses that may connect: IP literals, or CIDR blocks such as
   * `"10.0.0.0/8"` and `"2001:db8::/32"`. Connections from other addresses are reset. An
   * IPv4-mapped address (`::ffff:10.0.0.1`) counts as its IPv4 address. TCP only.
   */
  allow?: readonly string[] | undefined;
  /** Remote addresses that may not connect, even if allowed; same syntax as `allow`. */
  deny?: readonly string[] | undefined;
  /**
   * Closes a connection after this many milliseconds without a byte read or written,
   * 10..2147483647; up to a quarter later. No limit by default, nor with `Infinity`.
   */
  idleTimeoutMs?: number | undefined;
  /**
   * Closes a connection that transfers less than this in any whole period, such as a
   * peer that sends or reads a byte now and then. It is for protocols whose connections
   * are always active; for those that may be idle, use `idleTimeoutMs`. No limit by
   * default.
   */
  minRate?: MinRate | undefined;
  /**
   * How long handlers may continue after a shutdown, in milliseconds, 0..2147483647 or
   * `Infinity`. Defaults to 5000.
   */
  graceMs?: number | undefined;
  /** Shuts the server down when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * Called with the error of a handler. By default the error is written to the console,
   * unless it is `ConnectionReset` or `BrokenPipe`.
   *
   * Not called for an `Interrupted` or `BadResource` that follows from a close by a time
   * limit or a shutdown.
   */
  onError?: ((error: unknown, conn: Conn<A>) => unknown) | undefined;
  /** Called for every event. Without it, events cost nothing. */
  onEvent?: ((event: ServerEvent<A>) => unknown) | undefined;
}

/** How to serve TCP connections. */
export type TcpServeOptions<A extends Addr = Addr> =
  & TcpListenOptions
  & ServeOptions<A>;

/** How to serve Unix-domain connections. */
export type UnixServeOptions<A extends Addr = Addr> =
  & UnixListenOptions
  & ServeOptions<A>;

/**
 * Why a connection was closed: its handler returned (`done`) or threw (`failed`), no
 * byte was transferred (`idle`), too few were (`slow`), or the grace period of a
 * shutdown ended (`shutdown`).
 */
export type CloseReason = "done" | "failed" | "idle" | "slow" | "shutdown";

/**
 * Why a connection was reset before its handler was called: its address is not allowed
 * (`denied`), or its host has too many connections (`tooMany`).
 */
export type RejectReason = "denied" | "tooMany";

/** An event of a server. */
export type ServerEvent<A extends Addr = Addr> =
  /** A connection is passed to the handler. */
  | { readonly type: "open"; readonly conn: Conn<A> }
  /** The connection is closed; `error` is the error of its handler. */
  | {
    readonly type: "close";
    readonly conn: Conn<A>;
    readonly reason: CloseReason;
    readonly error?: unknown;
  }
  /** A connection was reset before its handler was called. */
  | {
    readonly type: "reject";
    readonly remoteAddr: A;
    readonly reason: RejectReason;
  }
  /**
   * Accepting fails for the moment, usually because descriptors run out. Reported once,
   * until `acceptResumed`.
   */
  | { readonly type: "acceptFailed"; readonly error: unknown }
  /** Accepting works again. */
  | { readonly type: "acceptResumed" }
  /** Accepting has stopped; the grace period of the handlers begins. */
  | { readonly type: "shutdown" };

/** Counters of a server. */
export interface ServerStats {
  /** Connections that were passed to the handler. */
  readonly accepted: number;
  /** Accepted connections that are open. */
  readonly active: number;
  /** Accepted connections that are closed, by reason. */
  readonly closed: Readonly<Record<CloseReason, number>>;
  /** Connections that were reset before the handler was called, by reason. */
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** See `Listener.dropped`. */
  readonly dropped: number;
  /** How often accepting failed until it resumed. */
  readonly acceptFailures: number;
  /** Bytes that handlers read. */
  readonly bytesRead: number;
  /** Bytes that handlers wrote and the kernel has accepted. */
  readonly bytesWritten: number;
}

/** How to shut a server down. */
export interface ShutdownOptions {
  /**
   * How long handlers may continue, in milliseconds, 0..2147483647 or `Infinity`.
   * Defaults to the option of {@linkcode serve}.
   */
  graceMs?: number | undefined;
}

/** A running server. */
export interface Server<A extends Addr = Addr> extends AsyncDisposable {
  /** The local address, with the port that the kernel chose for port 0. */
  readonly addr: A;
  /**
   * Resolves when accepting has stopped, every connection is closed, and every handler
   * has settled; never rejects. After a shutdown, handlers that still run 100 ms after
   * their connections were reset are not waited for.
   */
  readonly finished: Promise<void>;
  /** Returns the server's counters. */
  stats(): ServerStats;
  /**
   * Graceful shutdown: accepting stops, connections in the backlog are reset, and the
   * `signal` of every handler aborts. Handlers may continue for `graceMs`; then their
   * connections are reset.
   *
   * Another call can only shorten the grace period.
   *
   * @returns {@linkcode Server.finished}
   * @throws {TypeError | RangeError} `graceMs` is not a valid number of milliseconds
   */
  shutdown(options?: ShutdownOptions): Promise<void>;
  /** Makes the server keep the process alive again, after `unref()`. */
  ref(): void;
  /**
   * Stops the server from keeping the process alive. Pending operations of handlers
   * still do.
   */
  unref(): void;
}
