/**
 * The `Socket` class of the BSD sockets API.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { shown } from "../core/shown.ts";
import type { Addr } from "../api/stream.ts";
import type { SocketAddress } from "./addresses.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Family,
  type How,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketType,
  SOMAXCONN,
} from "./constants.ts";
import { DatagramEndpoint } from "./datagram_endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { stateError } from "./errors.ts";
import { assertOption, SocketOptions } from "./options.ts";
import { StreamEndpoint } from "./stream_endpoint.ts";

/** The largest buffer of one `recv`, whatever its `maxBytes`. */
const MAX_RECV_BYTES = 256 * 1024;

/**
 * A BSD socket, as in C, Python and PHP. A stream socket is created, bound, listens and
 * accepts, or connects; it sends and receives, is shut down, and closed. A datagram
 * socket needs neither listen nor connect.
 *
 * Each call fails with the kernel's errno in `code` (`errors`). Calls that wait return
 * promises. The module's page lists the differences from the kernel's sockets.
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
 *
 * @example Datagrams, sent back to their sender
 * ```ts no-eval
 * import { AF_INET, SOCK_DGRAM, Socket } from "@anyport/sockets/berkeley";
 *
 * const socket = new Socket(AF_INET, SOCK_DGRAM);
 * await socket.bind({ hostname: "127.0.0.1", port: 8080 });
 * for (;;) {
 *   const [data, address] = await socket.recvFrom(1024);
 *   if (address !== null) await socket.sendTo(data, address);
 * }
 * ```
 */
export class Socket implements Disposable {
  /** AF_INET, AF_INET6 or AF_UNIX. */
  readonly family: Family;
  /** SOCK_STREAM or SOCK_DGRAM. */
  readonly type: SocketType;
  #options = new SocketOptions();
  #endpoint: Endpoint;

  /**
   * Creates a socket (`socket(2)`). It holds no descriptor yet.
   *
   * @throws {SocketError} EAFNOSUPPORT, EINVAL or EPROTONOSUPPORT, no such family, type or protocol
   * @throws {errors.NotSupported} ENOTSUP, AF_UNIX with SOCK_DGRAM, which Node and Bun do not have
   */
  constructor(
    family: Family = AF_INET,
    type: SocketType = SOCK_STREAM,
    protocol = 0,
  ) {
    checkKind(family, type, protocol);
    this.family = family;
    this.type = type;
    this.#endpoint = type === SOCK_STREAM
      ? new StreamEndpoint(family, this.#options)
      : new DatagramEndpoint(family, this.#options);
  }

  /**
   * Binds the socket to an address of this machine (`bind(2)`).
   *
   * A datagram socket is bound at once. A stream socket only tests whether the address is
   * free, and `listen` binds it: another process could take it in between.
   *
   * @param address `{ hostname, port }`, where port 0 selects a free port and a service's
   *   name stands for its port; or `{ path }`.
   * @throws {errors.AddrInUse} EADDRINUSE
   * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, not an address of this machine
   * @throws {errors.PermissionDenied} EACCES, a port below 1024, or the path's directory
   * @throws {SocketError} EAFNOSUPPORT, an address of another family; EINVAL, not an address, or already bound
   * @throws {errors.NotFound} ENOENT, no such directory, or no such service
   * @throws {errors.BadResource} EBADF, closed
   */
  async bind(address: SocketAddress): Promise<void> {
    await this.#endpoint.bind(address);
  }

  /**
   * Listens for connections (`listen(2)`). An unbound socket is bound to every address
   * and a free port first.
   *
   * @param backlog How many connections may wait to be accepted. Below 0 it counts as 0;
   *   the kernel may cap it. A second call does not change it.
   * @throws {errors.AddrInUse} EADDRINUSE, another socket took the address after `bind`
   * @throws {SocketError} EINVAL, connected, or an AF_UNIX socket without a path
   * @throws {errors.NotSupported} EOPNOTSUPP, a datagram socket
   * @throws {errors.BadResource} EBADF, closed
   */
  async listen(backlog = SOMAXCONN): Promise<void> {
    if (typeof backlog !== "number" || Number.isNaN(backlog)) {
      throw new TypeError(
        `Cannot listen with backlog ${shown(backlog)}: give a number`,
      );
    }
    await this.#endpoint.listen(backlog);
  }

  /**
   * Waits for the next connection (`accept(2)`).
   *
   * @returns The connected socket, with the options of this one, and the peer's address.
   * @throws {SocketError} EINVAL, not listening; EAGAIN, past SO_RCVTIMEO
   * @throws {errors.NotSupported} EOPNOTSUPP, a datagram socket
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
   * After a failure it may be called again. For a datagram socket it sets the peer to
   * exchange datagrams with, and a later call may change the peer.
   *
   * @throws {errors.ConnectionRefused} ECONNREFUSED, no socket listens at the address
   * @throws {SocketError} EISCONN, already connected or listening; EINVAL, a listening AF_UNIX socket, or port 0 for datagrams; EALREADY, a connect is pending; EAFNOSUPPORT, an address of another family; EINPROGRESS, past SO_SNDTIMEO
   * @throws {errors.NotSupported} ENOTSUP, a bound stream socket: the runtimes choose a client's address
   * @throws {errors.PermissionDenied} EACCES, a broadcast address without SO_BROADCAST
   * @throws {errors.NotFound} ENOENT, no such path; ENOTFOUND, no such name
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`, or the kernel's own timeout
   * @throws {errors.BadResource} EBADF, closed
   */
  async connect(address: SocketAddress): Promise<void> {
    await this.#endpoint.connect(address);
  }

  /**
   * Sends bytes (`send(2)`); on a datagram socket as one datagram.
   *
   * @returns How many bytes the kernel has accepted: all of them.
   * @throws {errors.BrokenPipe} EPIPE, not connected, the peer has closed, or after SHUT_WR
   * @throws {errors.NotConnected} ENOTCONN, an AF_UNIX socket that is not connected
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {SocketError} EAGAIN, past SO_SNDTIMEO; the rest is still sent. EDESTADDRREQ, a datagram socket without a peer
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`; the rest is still sent
   * @throws {errors.MessageTooLarge} EMSGSIZE, longer than a datagram may be
   * @throws {errors.ConnectionRefused} ECONNREFUSED, no socket received an earlier datagram; not reported on Deno
   * @throws {errors.BadResource} EBADF, closed
   */
  async send(p: Uint8Array): Promise<number> {
    return await this.#endpoint.send(p);
  }

  /** Sends all of the bytes, as {@linkcode Socket.send} does; throws the same errors. */
  async sendAll(p: Uint8Array): Promise<void> {
    await this.send(p);
  }

  /**
   * Sends one datagram (`sendto(2)`). An unbound socket is bound to every address and a
   * free port first. A TCP stream sends to its peer, whatever the address.
   *
   * @param address The destination; its port is 1 or more.
   * @throws {SocketError} EISCONN, connected to another peer, or a connected AF_UNIX socket; EAFNOSUPPORT, an address of another family; EINVAL, not an address, or port 0
   * @throws {errors.NotSupported} EOPNOTSUPP, an AF_UNIX socket that is not connected
   * @throws {errors.PermissionDenied} EACCES, a broadcast address without SO_BROADCAST
   * @throws {errors.NotFound} ENOTFOUND, no such name; ENOENT, no such service
   * @throws as {@linkcode Socket.send}
   */
  async sendTo(p: Uint8Array, address: SocketAddress): Promise<number> {
    return await this.#endpoint.sendTo(p, address);
  }

  /**
   * Receives bytes (`recv(2)`).
   *
   * On a datagram socket it receives the next datagram, truncated to `maxBytes`. An
   * unbound socket is bound to every address and a free port first; on Linux it would
   * block forever.
   *
   * @param maxBytes The maximum to return; fewer bytes may have arrived.
   * @returns 1 byte or more; empty at EOF. An empty datagram is also empty, and is not
   *   EOF.
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {SocketError} EINVAL, an AF_UNIX socket that is not connected; EAGAIN, past SO_RCVTIMEO
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.ConnectionRefused} ECONNREFUSED, no socket received an earlier datagram; not reported on Deno
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`
   * @throws {errors.BadResource} EBADF, closed
   */
  async recv(maxBytes: number): Promise<Uint8Array> {
    const p = roomFor(maxBytes);
    return p.slice(0, await this.recvInto(p));
  }

  /**
   * Receives bytes into `p`; otherwise as {@linkcode Socket.recv}.
   *
   * @returns The number of bytes; 0 at EOF.
   */
  async recvInto(p: Uint8Array): Promise<number> {
    const [size] = await this.#endpoint.receive(p, "recv");
    return size;
  }

  /**
   * Receives bytes with their sender (`recvfrom(2)`); otherwise as
   * {@linkcode Socket.recv}.
   *
   * @returns The bytes, and the sender of the datagram, which `sendTo` accepts as a
   *   destination. The sender is `null` for a stream.
   */
  async recvFrom(maxBytes: number): Promise<[Uint8Array, Addr | null]> {
    const p = roomFor(maxBytes);
    const [size, from] = await this.#endpoint.receive(p, "recvfrom");
    return [p.slice(0, size), from];
  }

  /**
   * Ends receiving, sending, or both (`shutdown(2)`). SHUT_WR sends FIN after the earlier
   * writes. SHUT_RD stops a listening socket. On a datagram socket, SHUT_WR ends sending
   * and the peer is not notified; SHUT_RD leaves only queued datagrams to receive.
   *
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {SocketError} EINVAL, `how` is invalid
   * @throws {errors.BadResource} EBADF, closed
   */
  async shutdown(how: How): Promise<void> {
    this.#endpoint.assertOpen("shutdown");
    if (![SHUT_RD, SHUT_WR, SHUT_RDWR].includes(how)) {
      throw stateError("EINVAL", "shutdown");
    }
    await this.#endpoint.shutdown(how);
  }

  /** Closes the socket and frees its resources (`close(2)`). A second call has no effect. */
  close(): void {
    this.#endpoint.close();
  }

  /** Returns the local address (`getsockname(2)`). @throws {errors.BadResource} EBADF, closed */
  getsockname(): Addr {
    return this.#endpoint.getsockname();
  }

  /**
   * Returns the peer's address (`getpeername(2)`).
   *
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {errors.BadResource} EBADF, closed
   */
  getpeername(): Addr {
    return this.#endpoint.getpeername();
  }

  /**
   * Sets an option (`setsockopt(2)`): SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE,
   * SO_BROADCAST, SO_RCVTIMEO or SO_SNDTIMEO of SOL_SOCKET; TCP_NODELAY of IPPROTO_TCP.
   *
   * @param value 0 or 1 for a switch; milliseconds for a time, 0 for no limit.
   * @throws {SocketError} ENOPROTOOPT, no such option, or a TCP option on a datagram socket
   * @throws {errors.NotSupported} ENOTSUP, a TCP option on an AF_UNIX socket; EOPNOTSUPP, read from a datagram socket
   * @throws {errors.BadResource} EBADF, closed
   */
  setsockopt(level: number, name: number, value: number | boolean): void {
    this.#endpoint.assertOpen("setsockopt");
    assertOption("setsockopt", this, level, name);
    const on = this.#options.set(level, name, value) !== 0;
    this.#endpoint.optionSet(level, name, on);
  }

  /**
   * Returns the value of an option (`getsockopt(2)`).
   *
   * @throws as {@linkcode Socket.setsockopt}
   */
  getsockopt(level: number, name: number): number {
    this.#endpoint.assertOpen("getsockopt");
    assertOption("getsockopt", this, level, name);
    return this.#options.get(level, name);
  }

  /**
   * Sets a timeout for every call, as Python's `settimeout` does. It takes precedence
   * over SO_RCVTIMEO and SO_SNDTIMEO.
   *
   * @param ms Milliseconds, 0..2147483647; `null` for no limit.
   * @throws {TypeError | RangeError} `ms` is invalid
   */
  setTimeout(ms: number | null): void {
    this.#options.timeoutMs = ms;
  }

  /** Returns the timeout in milliseconds; `null` for none. */
  getTimeout(): number | null {
    return this.#options.timeoutMs;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function roomFor(maxBytes: number): Uint8Array {
  if (!Number.isInteger(maxBytes) || maxBytes < 0) {
    throw new RangeError(
      `Cannot receive ${shown(maxBytes)} bytes: give a whole number, 0 or more`,
    );
  }
  return new Uint8Array(Math.min(maxBytes, MAX_RECV_BYTES));
}

/** @throws {SocketError} the combination is not supported, see `Socket` */
function checkKind(
  family: Family,
  type: SocketType,
  protocol: number,
): void {
  const refuse = (code: string, reason: string) =>
    socketError(code, "socket", undefined, { reason });
  if (![AF_INET, AF_INET6, AF_UNIX].includes(family)) {
    throw refuse("EAFNOSUPPORT", `there is no address family ${shown(family)}`);
  }
  if (![SOCK_STREAM, SOCK_DGRAM].includes(type)) {
    throw refuse("EINVAL", `there is no type ${shown(type)}`);
  }
  if (family === AF_UNIX && type === SOCK_DGRAM) {
    throw refuse(
      "ENOTSUP",
      "Node and Bun have no Unix datagram sockets, and Deno has them behind a flag",
    );
  }
  const own = type === SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  if (protocol !== 0 && (protocol !== own || family === AF_UNIX)) {
    throw refuse(
      "EPROTONOSUPPORT",
      `protocol ${shown(protocol)} is none for that`,
    );
  }
}
