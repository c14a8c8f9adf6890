/**
 * The interface of {@linkcode serve}.
 *
 * @module
 */
import type {
  Addr,
  Conn,
  TcpListenOptions,
  UnixListenOptions,
} from "./stream.ts";

/** What a handler is told beside its connection. */
export interface ServeInfo {
  /**
   * Aborts when the server shuts down. Pass it to reads that wait for the next
   * request: a handler that rejects with its `reason` has ended in order.
   */
  readonly signal: AbortSignal;
}

/**
 * Serves one connection, which is closed when the promise it returns settles.
 *
 * When it returns, or its promise resolves, what it has written is sent, then
 * FIN; what the peer still sends is discarded until it ends too, for at most
 * two seconds. When it throws, or its promise rejects, the connection is reset
 * (see {@linkcode Conn.reset}), so that the peer sees a failure.
 *
 * Return, or await, what it begins. Once the handler has returned, reads that
 * still wait reject `Interrupted` and later calls reject `BadResource`; the
 * message ends with "closed by serve(): its handler has returned". On Deno, a
 * waiting `read(p)` rejects only once the peer sends or ends, or the two seconds
 * are over. Calls of a connection that a time limit or a shutdown has closed name
 * that limit. A promise that rejects and is not handled is reported by the
 * runtime, as everywhere, and not by the server.
 */
export type Handler<A extends Addr = Addr> = (
  conn: Conn<A>,
  info: ServeInfo,
) => unknown;

/** The least that a connection has to move. */
export interface MinRate {
  /** Bytes a second, those read and those written together; above 0. */
  readonly bytesPerSecond: number;
  /** The period that is looked at, in milliseconds, 100..2147483647. Defaults to 10000. */
  readonly overMs?: number | undefined;
}

/** How a server serves. */
export interface ServeOptions<A extends Addr = Addr> {
  /**
   * How many connections may be open at once, 1 or more. Beyond it nothing is
   * accepted: connections wait in the backlog, see
   * {@linkcode TcpListenOptions.backlog}. No limit unless given.
   */
  maxConnections?: number | undefined;
  /**
   * How many connections one remote host may have open at once, 1 or more.
   * Connections beyond it are reset. No limit unless given. TCP only.
   *
   * A host is an IPv4 address, also in its IPv4-mapped form
   * (`::ffff:192.0.2.1`), or all IPv6 addresses that share the first
   * `ipv6PrefixLength` bits. A link-local IPv6 address (`fe80::/10`) is a host
   * by itself, together with its zone.
   */
  maxConnectionsPerHost?: number | undefined;
  /**
   * How many leading bits of an IPv6 address make a host for
   * `maxConnectionsPerHost`, 1..128. Defaults to 64: a machine may use every
   * address of its /64 (RFC 4291 §2.5.1, RFC 8981). A subscriber often has a
   * /56 or a /48 (RFC 6177); 128 counts single addresses. TCP only.
   */
  ipv6PrefixLength?: number | undefined;
  /**
   * How many connections may be accepted in a second, above 0; after a quieter
   * time as many again at once. What comes faster waits in the backlog. No
   * limit unless given.
   */
  acceptRate?: number | undefined;
  /**
   * The only remote addresses that may connect: IP literals, or CIDR blocks
   * such as `"10.0.0.0/8"` and `"2001:db8::/32"`. Others are reset. An IPv4
   * address that comes over an IPv6 socket (`::ffff:10.0.0.1`) is that IPv4
   * address. TCP only.
   */
  allow?: readonly string[] | undefined;
  /** Remote addresses that may not connect, even if allowed. Written as `allow`. */
  deny?: readonly string[] | undefined;
  /**
   * Closes a connection on which no byte was read and none written for so many
   * milliseconds, 10..2147483647, or up to a quarter longer. No limit unless
   * given, and none with `Infinity`.
   */
  idleTimeoutMs?: number | undefined;
  /**
   * Closes a connection that moved less than this in any whole period: against
   * peers that send, or take, a byte now and then. For protocols whose
   * connections are busy while they last; those that may rightly be silent are
   * limited by `idleTimeoutMs`. No limit unless given.
   */
  minRate?: MinRate | undefined;
  /**
   * How long a shutdown lets handlers go on, in milliseconds, 0..2147483647 or
   * `Infinity`. Defaults to 5000.
   */
  graceMs?: number | undefined;
  /** Shuts the server down when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * Hears what a handler threw. Unless given, it is written to the console,
   * except that a peer has broken off its connection.
   *
   * Not called for what follows from a connection having been closed by a time
   * limit or a shutdown.
   */
  onError?: ((error: unknown, conn: Conn<A>) => unknown) | undefined;
  /** Hears what happens. It costs nothing unless given. */
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
 * Why a connection was closed: its handler returned (`done`) or threw
 * (`failed`), no byte moved (`idle`), too few did (`slow`), or the grace of a
 * shutdown was over (`shutdown`).
 */
export type CloseReason = "done" | "failed" | "idle" | "slow" | "shutdown";

/**
 * Why a connection was reset before any handler saw it: its address is not to
 * connect (`denied`), or has too many connections already (`tooMany`).
 */
export type RejectReason = "denied" | "tooMany";

/** What happens to a server. */
export type ServerEvent<A extends Addr = Addr> =
  /** A connection goes to the handler. */
  | { readonly type: "open"; readonly conn: Conn<A> }
  /** It is closed; `error` is what its handler threw. */
  | {
    readonly type: "close";
    readonly conn: Conn<A>;
    readonly reason: CloseReason;
    readonly error?: unknown;
  }
  /** A connection was reset before any handler saw it. */
  | {
    readonly type: "reject";
    readonly remoteAddr: A;
    readonly reason: RejectReason;
  }
  /**
   * Nothing can be accepted for the moment, mostly because descriptors run out.
   * Said once, until `acceptResumed`.
   */
  | { readonly type: "acceptFailed"; readonly error: unknown }
  /** Connections are accepted again. */
  | { readonly type: "acceptResumed" }
  /** Nothing is accepted any more; handlers have their grace. */
  | { readonly type: "shutdown" };

/** What has happened to a server so far. */
export interface ServerStats {
  /** Connections that went to the handler. */
  readonly accepted: number;
  /** Those of them that are open. */
  readonly active: number;
  /** Those that are closed, by reason. */
  readonly closed: Readonly<Record<CloseReason, number>>;
  /** Connections that were reset before any handler saw them, by reason. */
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** See `Listener.dropped`. */
  readonly dropped: number;
  /** How often nothing could be accepted for a while. */
  readonly acceptFailures: number;
  /** Bytes that handlers have read. */
  readonly bytesRead: number;
  /** Bytes of theirs that the system has taken. */
  readonly bytesWritten: number;
}

/** How to shut a server down. */
export interface ShutdownOptions {
  /**
   * How long handlers may go on, in milliseconds, 0..2147483647 or `Infinity`.
   * Defaults to the option of {@linkcode serve}.
   */
  graceMs?: number | undefined;
}

/** A server that serves. */
export interface Server<A extends Addr = Addr> extends AsyncDisposable {
  /** The address listened on. */
  readonly addr: A;
  /**
   * Resolves when nothing is accepted any more, every connection is closed, and
   * every handler has ended; never rejects. Handlers that go on 100 ms after
   * their connections were reset by a shutdown are not waited for.
   */
  readonly finished: Promise<void>;
  /** Tells what has happened so far. */
  stats(): ServerStats;
  /**
   * Stops in order: nothing is accepted any more, connections that wait in the
   * backlog are reset, the `signal` of every handler aborts, and handlers may
   * go on for `graceMs`; then their connections are reset.
   *
   * Calling it again can only shorten the grace.
   *
   * @returns {@linkcode Server.finished}
   * @throws {TypeError | RangeError} `graceMs` is no number of milliseconds
   */
  shutdown(options?: ShutdownOptions): Promise<void>;
  /** Lets the server keep the process alive again, after `unref()`. */
  ref(): void;
  /**
   * Lets the process end though the server serves; what a handler waits for on
   * its connection keeps it alive all the same.
   */
  unref(): void;
}
