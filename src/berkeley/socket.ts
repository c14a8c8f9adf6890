/**
 * The socket of the texts.
 *
 * @module
 */
import { MAX_TIMER_MS } from "../core/waiter.ts";
import { socketError } from "../errno.ts";
import type { Addr } from "../types.ts";
import type { SocketAddress } from "./addresses.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Family,
  type How,
  IPPROTO_TCP,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketType,
  SOMAXCONN,
} from "./constants.ts";
import { stateError } from "./errors.ts";
import { SocketOptions } from "./options.ts";
import { StreamEndpoint } from "./stream_endpoint.ts";

/** The most that one `recv` makes room for, however much it may return. */
const MAX_RECV_BYTES = 256 * 1024;

/**
 * A socket as the texts on C, Python and PHP know it: made, bound, listening
 * and accepting, or connected; sending and receiving; shut down; closed.
 *
 * Each call gives the error that the system gives (`errors`), with its name in
 * `code`. Calls that wait are promises. Where this differs from the system's
 * sockets the module's page tells.
 *
 * @example A server
 * ```ts no-eval
 * import { AF_INET, SHUT_RDWR, SOCK_STREAM, Socket } from "@anyport/sockets/berkeley";
 *
 * const server = new Socket(AF_INET, SOCK_STREAM);
 * await server.bind({ hostname: "127.0.0.1", port: 8080 });
 * await server.listen(5);
 * for (;;) {
 *   const [client, address] = await server.accept();
 *   console.log("Connection from", address);
 *   await client.sendAll(await client.recv(1024));
 *   await client.shutdown(SHUT_RDWR);
 *   client.close();
 * }
 * ```
 */
export class Socket implements Disposable {
  /** AF_INET, AF_INET6 or AF_UNIX. */
  readonly family: Family;
  /** SOCK_STREAM. */
  readonly type: SocketType;
  #options = new SocketOptions();
  #endpoint: StreamEndpoint;

  /**
   * Makes a socket (`socket(2)`), which holds nothing of the system yet.
   *
   * @throws {SocketError} EAFNOSUPPORT, EINVAL or EPROTONOSUPPORT, there is no such family, type or protocol
   * @throws {errors.NotSupported} ENOTSUP, datagrams
   */
  constructor(
    family: Family = AF_INET,
    type: SocketType = SOCK_STREAM,
    protocol = 0,
  ) {
    const refuse = (code: string, reason: string) =>
      socketError(code, "socket", undefined, { reason });
    if (![AF_INET, AF_INET6, AF_UNIX].includes(family)) {
      throw refuse("EAFNOSUPPORT", `there is no address family ${family}`);
    }
    if (type === SOCK_DGRAM) {
      throw refuse("ENOTSUP", "datagrams are not in this version");
    }
    if (type !== SOCK_STREAM) {
      throw refuse("EINVAL", `there is no type ${type}`);
    }
    const protocols = family === AF_UNIX ? [0] : [0, IPPROTO_TCP];
    if (!protocols.includes(protocol)) {
      throw refuse("EPROTONOSUPPORT", `protocol ${protocol} is none for that`);
    }
    this.family = family;
    this.type = type;
    this.#endpoint = new StreamEndpoint(family, this.#options);
  }

  /**
   * Gives the socket an address of this machine (`bind(2)`).
   *
   * Whether the address can be had is found out now; it is taken by `listen`.
   * In between another process could take it.
   *
   * @param address `{ hostname, port }`, where port 0 asks for a free one and a
   *   service's name stands for its port; or `{ path }`.
   * @throws {errors.AddrInUse} EADDRINUSE
   * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, it is not this machine's
   * @throws {errors.PermissionDenied} EACCES, a port below 1024, or the path's directory
   * @throws {SocketError} EAFNOSUPPORT, an address of another family; EINVAL, no address, or bound already
   * @throws {errors.NotFound} ENOENT, no such directory, or no such service
   * @throws {errors.BadResource} EBADF, closed
   */
  async bind(address: SocketAddress): Promise<void> {
    await this.#endpoint.bind(address);
  }

  /**
   * Lets clients connect (`listen(2)`); a socket that is not bound gets every
   * address and a free port first.
   *
   * @param backlog How many connections may wait to be accepted. Less than 0
   *   counts as 0; the system may cap it. A second call does not change it.
   * @throws {errors.AddrInUse} EADDRINUSE, somebody took the address since `bind`
   * @throws {SocketError} EINVAL, it is connected, or an AF_UNIX socket without a name
   * @throws {errors.BadResource} EBADF, closed
   */
  async listen(backlog = SOMAXCONN): Promise<void> {
    if (typeof backlog !== "number" || Number.isNaN(backlog)) {
      throw new TypeError(
        `Cannot listen with backlog ${String(backlog)}: give a number`,
      );
    }
    await this.#endpoint.listen(backlog);
  }

  /**
   * Waits for the next client (`accept(2)`).
   *
   * @returns A socket connected to it, with the options of this one, and its address.
   * @throws {SocketError} EINVAL, not listening; EAGAIN, past SO_RCVTIMEO
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`
   * @throws {errors.TooManyOpenFiles} EMFILE, ENFILE
   * @throws {errors.BadResource} EBADF, closed
   */
  async accept(): Promise<[Socket, Addr]> {
    const conn = await this.#endpoint.accept();
    const socket = new Socket(this.family, this.type);
    socket.#options = this.#options.copy();
    socket.#endpoint = StreamEndpoint.over(conn, this.family, socket.#options);
    return [socket, conn.remoteAddr];
  }

  /**
   * Connects to a listening socket (`connect(2)`).
   *
   * After a failure it may be tried again.
   *
   * @throws {errors.ConnectionRefused} ECONNREFUSED, nobody listens there
   * @throws {SocketError} EISCONN, connected or listening already; EINVAL, an AF_UNIX socket that listens; EALREADY, it connects already; EAFNOSUPPORT, an address of another family; EINPROGRESS, past SO_SNDTIMEO
   * @throws {errors.NotSupported} ENOTSUP, it is bound: the runtimes choose a client's address
   * @throws {errors.NotFound} ENOENT, no such path; ENOTFOUND, no such name
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`, or the system gave up
   * @throws {errors.BadResource} EBADF, closed
   */
  async connect(address: SocketAddress): Promise<void> {
    await this.#endpoint.connect(address);
  }

  /**
   * Sends bytes (`send(2)`).
   *
   * @returns How many the system has taken: all of them.
   * @throws {errors.BrokenPipe} EPIPE, not connected, the peer has closed, or after SHUT_WR
   * @throws {errors.NotConnected} ENOTCONN, an AF_UNIX socket that is not connected
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {SocketError} EAGAIN, past SO_SNDTIMEO; the rest is still sent
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`; the rest is still sent
   * @throws {errors.BadResource} EBADF, closed
   */
  async send(p: Uint8Array): Promise<number> {
    return await this.#endpoint.send(p);
  }

  /** Sends all of the bytes; throws as {@linkcode Socket.send}. */
  async sendAll(p: Uint8Array): Promise<void> {
    await this.send(p);
  }

  /** Sends; a stream goes where it is connected to, whatever the address. */
  async sendTo(p: Uint8Array, _address: SocketAddress): Promise<number> {
    return await this.send(p);
  }

  /**
   * Receives bytes (`recv(2)`).
   *
   * @param maxBytes The most that it returns; it may be fewer, as they come.
   * @returns 1 byte or more; none at the end of what the peer sends.
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {SocketError} EINVAL, an AF_UNIX socket that is not connected; EAGAIN, past SO_RCVTIMEO
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`
   * @throws {errors.BadResource} EBADF, closed
   */
  async recv(maxBytes: number): Promise<Uint8Array> {
    if (!Number.isInteger(maxBytes) || maxBytes < 0) {
      throw new RangeError(
        `Cannot receive ${
          String(maxBytes)
        } bytes: give a whole number, 0 or more`,
      );
    }
    const p = new Uint8Array(Math.min(maxBytes, MAX_RECV_BYTES));
    return p.slice(0, await this.recvInto(p));
  }

  /**
   * Receives bytes into `p`; otherwise as {@linkcode Socket.recv}.
   *
   * @returns How many; 0 at the end of what the peer sends.
   */
  async recvInto(p: Uint8Array): Promise<number> {
    return await this.#endpoint.recvInto(p);
  }

  /**
   * Receives bytes, and tells from whom where that is not known anyway.
   *
   * @returns The bytes, as {@linkcode Socket.recv}; and `null`, for a stream comes from its peer.
   */
  async recvFrom(maxBytes: number): Promise<[Uint8Array, Addr | null]> {
    return [await this.recv(maxBytes), null];
  }

  /**
   * Ends receiving, sending, or both (`shutdown(2)`). Sending ends after what
   * was sent before; the peer then sees the end. A socket that listens does so
   * no longer after SHUT_RD.
   *
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {SocketError} EINVAL, there is no such way
   * @throws {errors.BadResource} EBADF, closed
   */
  async shutdown(how: How): Promise<void> {
    this.#endpoint.assertOpen("shutdown");
    if (![SHUT_RD, SHUT_WR, SHUT_RDWR].includes(how)) {
      throw stateError("EINVAL", "shutdown");
    }
    await this.#endpoint.shutdown(how);
  }

  /** Ends everything and frees what it holds (`close(2)`). A second call has no effect. */
  close(): void {
    this.#endpoint.close();
  }

  /** Tells its own address (`getsockname(2)`). @throws {errors.BadResource} EBADF, closed */
  getsockname(): Addr {
    return this.#endpoint.getsockname();
  }

  /**
   * Tells the peer's address (`getpeername(2)`).
   *
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {errors.BadResource} EBADF, closed
   */
  getpeername(): Addr {
    return this.#endpoint.getpeername();
  }

  /**
   * Sets an option (`setsockopt(2)`): of SOL_SOCKET, SO_REUSEADDR, SO_REUSEPORT,
   * SO_KEEPALIVE, SO_BROADCAST, SO_RCVTIMEO and SO_SNDTIMEO; of IPPROTO_TCP,
   * TCP_NODELAY.
   *
   * @param value 0 or 1 of a switch; milliseconds of a time, 0 for no limit.
   * @throws {SocketError} ENOPROTOOPT, there is no such option
   * @throws {errors.NotSupported} ENOTSUP, one of TCP for an AF_UNIX socket
   * @throws {errors.BadResource} EBADF, closed
   */
  setsockopt(level: number, name: number, value: number | boolean): void {
    this.#assertOption("setsockopt", level, name);
    const on = this.#options.set(level, name, value) !== 0;
    this.#endpoint.optionSet(level, name, on);
  }

  /**
   * Tells what an option is set to (`getsockopt(2)`).
   *
   * @throws as {@linkcode Socket.setsockopt}
   */
  getsockopt(level: number, name: number): number {
    this.#assertOption("getsockopt", level, name);
    return this.#options.get(level, name);
  }

  /**
   * Limits how long every call may wait, as Python's `settimeout`. It goes before
   * SO_RCVTIMEO and SO_SNDTIMEO.
   *
   * @param ms Milliseconds, 0..2147483647; `null` for no limit.
   * @throws {TypeError | RangeError} it is neither
   */
  setTimeout(ms: number | null): void {
    if (ms !== null) {
      if (typeof ms !== "number") {
        throw new TypeError(
          `Cannot wait ${String(ms)}: give milliseconds, or null`,
        );
      }
      if (!(ms >= 0 && ms <= MAX_TIMER_MS)) {
        throw new RangeError(
          `Cannot wait ${ms} ms: give 0..${MAX_TIMER_MS}, or null`,
        );
      }
    }
    this.#options.timeoutMs = ms;
  }

  /** What `setTimeout` was given. */
  getTimeout(): number | null {
    return this.#options.timeoutMs;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }

  #assertOption(
    operation: "setsockopt" | "getsockopt",
    level: number,
    name: number,
  ): void {
    this.#endpoint.assertOpen(operation);
    if (level === IPPROTO_TCP && this.family === AF_UNIX) {
      throw stateError("ENOTSUP", operation);
    }
    if (!SocketOptions.has(level, name)) {
      throw socketError("ENOPROTOOPT", operation, undefined, {
        reason: `there is no option ${name} at level ${level}`,
      });
    }
  }
}
