/**
 * One sockets API for Deno, Node and Bun.
 *
 * `listen` and `connect` give streams over TCP and Unix sockets that behave
 * the same on every runtime: reads and writes that can be cancelled without
 * losing a byte, writes that are always whole, an accept loop that survives,
 * and errors that name the operation, the address and the system's code.
 *
 * Options are an object's own properties, enumerable or not, read once per call. What
 * it inherits is none, so that nothing merged into `Object.prototype` counts; nor are
 * the getters of a class. Messages show values escaped, 64 characters of them at
 * most, and no key or certificate; `address` and `cause` have the rest.
 *
 * @example An echo server
 * ```ts
 * import { copy, listen } from "@anyport/sockets";
 *
 * using listener = await listen({ port: 8080 });
 * for await (const conn of listener) {
 *   copy(conn, conn).catch(console.error).finally(() => conn.close());
 * }
 * ```
 *
 * @module
 */
import type {
  ConnectDatagramOptions,
  DatagramConn,
  ListenDatagramOptions,
} from "./src/api/datagram.ts";
import { adapter } from "./src/runtime/mod.ts";
import type {
  Handler,
  ServeInfo,
  ServeOptions,
  Server,
  ShutdownOptions,
  TcpServeOptions,
  UnixServeOptions,
} from "./src/api/serve.ts";
import type {
  ConnectTlsOptions,
  ListenTlsOptions,
  StartTlsOptions,
  TcpConnectTlsOptions,
  TcpListenTlsOptions,
  TlsConn,
  TlsListener,
  UnixConnectTlsOptions,
  UnixListenTlsOptions,
} from "./src/api/tls.ts";
import type {
  Addr,
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
  NetAddr,
  TcpConnectOptions,
  TcpListenOptions,
  UnixAddr,
  UnixConnectOptions,
  UnixListenOptions,
} from "./src/api/stream.ts";

export type * from "./src/api/datagram.ts";
export type * from "./src/api/serve.ts";
export type * from "./src/api/stream.ts";
export type * from "./src/api/tls.ts";
export {
  copy,
  type CopySource,
  type CopyTarget,
} from "./src/core/stream/copy.ts";
export { formatAddr } from "./src/core/errno.ts";
export * as errors from "./src/api/errors.ts";

/**
 * Listens for connections.
 *
 * The listener comes with its socket bound and listening: a client may connect
 * at once. An aborted `signal` stops the waiting for it, and frees the address.
 *
 * @param options `{ port }` for TCP, `{ path }` for a Unix socket.
 * @returns A listener, to be closed.
 * @throws {errors.AddrInUse} EADDRINUSE
 * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, the address is not this machine's
 * @throws {errors.PermissionDenied} EACCES, a port below 1024, or the path's directory
 * @throws {errors.NotFound} ENOTFOUND, the name does not resolve; ENOENT, the path's directory is missing
 * @throws {errors.NotSupported} ENOTSUP, this runtime cannot do what an option asks for
 * @throws {errors.TooManyOpenFiles} EMFILE, ENFILE
 * @throws `signal.reason`, when it aborts
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example Bind, listen, accept
 * ```ts
 * import { listen } from "@anyport/sockets";
 *
 * using listener = await listen({ hostname: "127.0.0.1", port: 0, backlog: 5 });
 * console.log("listening on port", listener.addr.port);
 * ```
 */
export function listen(options: TcpListenOptions): Promise<Listener<NetAddr>>;
/** Listens on a Unix socket. */
export function listen(options: UnixListenOptions): Promise<Listener<UnixAddr>>;
/** Listens on either. */
export function listen(options: ListenOptions): Promise<Listener>;
export async function listen(options: ListenOptions): Promise<Listener> {
  return await (await adapter()).listen(options);
}

/**
 * Connects to a listener.
 *
 * Aborting or timing out closes the attempt, whichever state it is in; neither
 * has an effect on the connection afterwards. A connection that the system has made
 * when the time is up is given, also if the process was too busy to see it in time.
 *
 * @param options `{ port }` for TCP, `{ path }` for a Unix socket.
 * @returns A connection, to be closed.
 * @throws {errors.ConnectionRefused} ECONNREFUSED, no socket listens there
 * @throws {errors.NotFound} ENOTFOUND, the name does not resolve; ENOENT, no such path
 * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`, or the system gave up
 * @throws {errors.HostUnreachable} EHOSTUNREACH
 * @throws {errors.NetworkUnreachable} ENETUNREACH
 * @throws {errors.ConnectionReset} ECONNRESET, the peer resets it at once
 * @throws {errors.PermissionDenied} EACCES, EPERM, the path's rights, or a firewall
 * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, no local port is left
 * @throws {errors.TooManyOpenFiles} EMFILE, ENFILE; Bun says ECONNREFUSED
 * @throws `signal.reason`, when it aborts
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example Send a request, read the answer
 * ```ts no-eval
 * import { connect } from "@anyport/sockets";
 *
 * using conn = await connect({ hostname: "127.0.0.1", port: 8080, timeoutMs: 1000 });
 * await conn.write(new TextEncoder().encode("hello\n"));
 * await conn.closeWrite();
 * for await (const chunk of conn.readable) console.log(chunk);
 * ```
 */
export function connect(options: TcpConnectOptions): Promise<Conn<NetAddr>>;
/** Connects to a Unix socket. */
export function connect(options: UnixConnectOptions): Promise<Conn<UnixAddr>>;
/** Connects to either. */
export function connect(options: ConnectOptions): Promise<Conn>;
export async function connect(options: ConnectOptions): Promise<Conn> {
  return await (await adapter()).connect(options);
}

/**
 * Takes datagrams: opens a UDP socket that anybody may send to.
 *
 * @returns A socket, to be closed.
 * @throws {errors.AddrInUse} EADDRINUSE
 * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, the address is not this machine's
 * @throws {errors.PermissionDenied} EACCES, a port below 1024
 * @throws {errors.NotFound} ENOTFOUND, the name does not resolve
 * @throws {errors.NotSupported} ENOTSUP, this runtime cannot do what an option asks for
 * @throws {errors.TooManyOpenFiles} EMFILE, ENFILE
 * @throws `signal.reason`, when it aborts
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example Answer each datagram
 * ```ts no-eval
 * import { listenDatagram } from "@anyport/sockets";
 *
 * using socket = await listenDatagram({ port: 8080 });
 * for await (const [data, addr] of socket) await socket.send(data, addr);
 * ```
 */
export async function listenDatagram(
  options: ListenDatagramOptions,
): Promise<DatagramConn> {
  return await (await adapter()).listenDatagram(options);
}

/**
 * Opens a UDP socket for one peer: it sends to that peer only, and receives
 * from no other (`connect(2)`).
 *
 * Nothing is sent by that, so a peer that does not listen is not noticed yet.
 *
 * @returns A socket, to be closed.
 * @throws {errors.NotFound} ENOTFOUND, the name does not resolve
 * @throws {errors.AddrInUse} EADDRINUSE, `localPort` is another socket's
 * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, `localHostname` is not this machine's
 * @throws {errors.NetworkUnreachable} ENETUNREACH
 * @throws {errors.NotSupported} ENOTSUP, this runtime cannot do what an option asks for
 * @throws {errors.TooManyOpenFiles} EMFILE, ENFILE
 * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
 * @throws `signal.reason`, when it aborts
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example Ask, and wait a second for the answer
 * ```ts no-eval
 * import { connectDatagram } from "@anyport/sockets";
 *
 * using socket = await connectDatagram({ hostname: "127.0.0.1", port: 8080 });
 * await socket.send(new TextEncoder().encode("hello"));
 * const [data] = await socket.receive({ timeoutMs: 1000 });
 * console.log(new TextDecoder().decode(data));
 * ```
 */
export async function connectDatagram(
  options: ConnectDatagramOptions,
): Promise<DatagramConn> {
  return await (await adapter()).connectDatagram(options);
}

/**
 * Listens for connections, and secures them with TLS.
 *
 * Accepting waits for no handshake: a client that is slow with its own holds up
 * no other. {@linkcode TlsConn.handshake} tells how it went, and so do the
 * first read and write.
 *
 * @param options As for {@linkcode listen}, with `cert` and `key`, `serverNames` or
 *   `chooseCertificate`.
 * @returns A listener, to be closed.
 * @throws what {@linkcode listen} throws
 * @throws {errors.InvalidData} EBADMSG, a certificate or key that cannot be used
 * @throws {errors.NotSupported} ENOTSUP, this runtime cannot do what an option asks for
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example An echo server
 * ```ts no-eval
 * import { copy, listenTls } from "@anyport/sockets";
 * import { readFile } from "node:fs/promises";
 *
 * using listener = await listenTls({
 *   port: 8443,
 *   cert: await readFile("cert.pem", "utf8"),
 *   key: await readFile("key.pem", "utf8"),
 * });
 * for await (const conn of listener) {
 *   copy(conn, conn).catch(console.error).finally(() => conn.close());
 * }
 * ```
 */
export function listenTls(
  options: TcpListenTlsOptions,
): Promise<TlsListener<NetAddr>>;
/** Listens on a Unix socket. */
export function listenTls(
  options: UnixListenTlsOptions,
): Promise<TlsListener<UnixAddr>>;
/** Listens on either. */
export function listenTls(options: ListenTlsOptions): Promise<TlsListener>;
export async function listenTls(
  options: ListenTlsOptions,
): Promise<TlsListener> {
  return await (await adapter()).listenTls(options);
}

/**
 * Connects to a listener, and secures the connection with TLS.
 *
 * It resolves once connected; the handshake follows by itself. What limits the
 * waiting here limits the connecting only, see `handshakeTimeoutMs` for the rest.
 *
 * @param options As for {@linkcode connect}; `hostname` is also the name that the
 *   server's certificate has to be for.
 * @returns A connection, to be closed.
 * @throws what {@linkcode connect} throws
 * @throws {errors.InvalidData} EBADMSG, a certificate or key that cannot be used
 * @throws {errors.NotSupported} ENOTSUP, this runtime cannot do what an option asks for
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example Who is there?
 * ```ts no-eval
 * import { connectTls } from "@anyport/sockets";
 *
 * using conn = await connectTls({ hostname: "example.com", port: 443 });
 * const { version, cipher } = await conn.handshake();
 * console.log(version, cipher);
 * ```
 */
export function connectTls(
  options: TcpConnectTlsOptions,
): Promise<TlsConn<NetAddr>>;
/** Connects to a Unix socket. */
export function connectTls(
  options: UnixConnectTlsOptions,
): Promise<TlsConn<UnixAddr>>;
/** Connects to either. */
export function connectTls(options: ConnectTlsOptions): Promise<TlsConn>;
export async function connectTls(options: ConnectTlsOptions): Promise<TlsConn> {
  return await (await adapter()).connectTls(options);
}

/**
 * Secures a connection that has been in use: STARTTLS and its like.
 *
 * The connection has to be idle: no call waits, and all that came has been read. The
 * system is asked once more for bytes in the clear; a rejection leaves them to be read.
 * What the caller has read beyond the last word in the clear is the caller's to refuse.
 * From then on it belongs to what this returns; its own calls reject EBADF, except
 * that closing or resetting either does so to both.
 *
 * @param conn Connected or accepted; it may itself be secured.
 * @param options Which end this is, with `role`, and as for {@linkcode connectTls}
 *   or {@linkcode listenTls}.
 * @returns The secured connection, whose handshake has begun.
 * @throws {errors.InvalidData} EPROTO, bytes that came in the clear were not read:
 *   an attacker may have put them there to be taken for secured ones (RFC 3207 §6);
 *   EBADMSG, a certificate or key that cannot be used
 * @throws {errors.NotSupported} ENOTSUP, this runtime cannot do what an option asks for
 * @throws {SocketError} EBUSY, a read or write waits
 * @throws {errors.BrokenPipe} EPIPE, after `closeWrite()`
 * @throws {errors.BadResource} EBADF, closed, or handed over before
 * @throws {TypeError | RangeError} an option that makes no sense
 *
 * @example The client's side of STARTTLS
 * ```ts no-eval
 * import { connect, startTls } from "@anyport/sockets";
 *
 * const plain = await connect({ hostname: "mail.example", port: 587 });
 * // … greeting, EHLO, STARTTLS, and the server's 220, all of it read …
 * using conn = await startTls(plain, { hostname: "mail.example" });
 * ```
 */
export async function startTls<A extends Addr>(
  conn: Conn<A>,
  options?: StartTlsOptions,
): Promise<TlsConn<A>> {
  return await (await adapter()).startTls(conn, options);
}

/** What `serve` stands on, once it has been needed. */
let serving: typeof import("./src/server/serve.ts") | undefined;

/**
 * Serves connections: accepts them, hands each to a handler, closes it when the
 * handler is done, and lasts.
 *
 * A handler that fails has its connection reset, and ends nothing else. Out of
 * descriptors, the server waits and goes on. See {@linkcode ServeOptions} for
 * limits, {@linkcode Server.shutdown} for stopping.
 *
 * @param options Where to listen, as for {@linkcode listen}, and how to serve.
 *   Its `signal` also shuts the server down once it listens.
 * @param handler See {@linkcode Handler}.
 * @returns The server, which listens.
 * @throws what {@linkcode listen} throws
 * @throws {TypeError | RangeError} an option that makes no sense, before anything is opened
 *
 * @example An echo server
 * ```ts
 * import { copy, serve } from "@anyport/sockets";
 *
 * await using server = await serve(
 *   { hostname: "127.0.0.1", port: 0, idleTimeoutMs: 60_000 },
 *   (conn, { signal }) => copy(conn, conn, { signal }),
 * );
 * console.log("serving on port", server.addr.port);
 * ```
 */
export function serve(
  options: TcpServeOptions<NetAddr>,
  handler: Handler<NetAddr>,
): Promise<Server<NetAddr>>;
/** Serves on a Unix socket. */
export function serve(
  options: UnixServeOptions<UnixAddr>,
  handler: Handler<UnixAddr>,
): Promise<Server<UnixAddr>>;
/** Serves on either. */
export function serve(
  options: ListenOptions & ServeOptions,
  handler: Handler,
): Promise<Server>;
/** Serves the secured connections of a listener, which is the server's from then on. */
export function serve<A extends Addr>(
  listener: TlsListener<A>,
  handler: (conn: TlsConn<A>, info: ServeInfo) => unknown,
  options?: ServeOptions<A>,
): Promise<Server<A>>;
/** Serves the connections of a listener, which is the server's from then on. */
export function serve<A extends Addr>(
  listener: Listener<A>,
  handler: Handler<A>,
  options?: ServeOptions<A>,
): Promise<Server<A>>;
export async function serve<A extends Addr>(
  where: Listener<A> | ListenOptions & ServeOptions<A>,
  handler: Handler<A> | ((conn: TlsConn<A>, info: ServeInfo) => unknown),
  options?: ServeOptions<A>,
): Promise<Server<A>> {
  serving ??= await import("./src/server/serve.ts");
  const { serveOn } = serving;
  // A listener gives the connections that its handler is for.
  return await serveOn(where, handler as Handler<A>, options);
}

/**
 * Lets the process be told to stop: at SIGINT (Ctrl-C) or SIGTERM the server is
 * shut down, and at a second one its grace is over.
 *
 * For programs, not for libraries: as long as it waits, these signals do not end
 * the process. They are heard from the call on: make it before the program says
 * that it serves, and await it afterwards.
 *
 * @param options As for {@linkcode Server.shutdown}.
 * @returns Resolves once the server has finished, by a signal or otherwise.
 * @throws {TypeError | RangeError} `graceMs` is no number of milliseconds
 *
 * @example Until Ctrl-C
 * ```ts no-eval
 * import { serve, shutdownOnSignal } from "@anyport/sockets";
 *
 * const server = await serve({ port: 8080 }, async (conn) => {
 *   await conn.write(new TextEncoder().encode("hello\n"));
 * });
 * const stopped = shutdownOnSignal(server, { graceMs: 10_000 });
 * console.log("Serving on port", server.addr.port);
 * await stopped;
 * console.log("Served", server.stats().accepted);
 * ```
 */
export async function shutdownOnSignal(
  server: Pick<Server, "finished" | "shutdown">,
  options?: ShutdownOptions,
): Promise<void> {
  serving ??= await import("./src/server/serve.ts");
  const { stopAtSignals } = serving;
  await stopAtSignals(server, options);
}
