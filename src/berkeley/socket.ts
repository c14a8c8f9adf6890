/**
 * The socket of the texts.
 *
 * @module
 */
import { shown } from "../core/shown.ts";
import type { Addr } from "../api/stream.ts";
import type { SocketAddress } from "./addresses.ts";
import {
  AF_INET,
  type Family,
  type How,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_STREAM,
  type SocketType,
  SOMAXCONN,
} from "./constants.ts";
import { DatagramEndpoint } from "./datagram_endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { stateError } from "./errors.ts";
import { checkKind } from "./kinds.ts";
import { assertOption, SocketOptions } from "./options.ts";
import { StreamEndpoint } from "./stream_endpoint.ts";

/** The most that one `recv` makes room for, however much it may return. */
const MAX_RECV_BYTES = 256 * 1024;

/**
 * A socket as the texts on C, Python and PHP know it: made, bound, listening
 * and accepting, or connected; sending and receiving; shut down; closed. One of
 * datagrams need neither listen nor connect.
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
   * Makes a socket (`socket(2)`), which holds nothing of the system yet.
   *
   * @throws {SocketError} EAFNOSUPPORT, EINVAL or EPROTONOSUPPORT, there is no such family, type or protocol
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
   * Gives the socket an address of this machine (`bind(2)`).
   *
   * A datagram socket takes the address now. A stream socket finds out whether
   * it can be had, and takes it by `listen`: in between another process could.
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
   * @throws {errors.AddrInUse} EADDRINUSE, another socket took the address since `bind`
   * @throws {SocketError} EINVAL, it is connected, or an AF_UNIX socket without a name
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
   * Waits for the next client (`accept(2)`).
   *
   * @returns A socket connected to it, with the options of this one, and its address.
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
   * After a failure it may be tried again. Of a datagram socket it names the peer that it
   * sends to and receives from, and may be called again for another.
   *
   * @throws {errors.ConnectionRefused} ECONNREFUSED, no socket listens there
   * @throws {SocketError} EISCONN, connected or listening already; EINVAL, an AF_UNIX socket that listens, or port 0 for datagrams; EALREADY, it connects already; EAFNOSUPPORT, an address of another family; EINPROGRESS, past SO_SNDTIMEO
   * @throws {errors.NotSupported} ENOTSUP, a stream socket that is bound: the runtimes choose a client's address
   * @throws {errors.PermissionDenied} EACCES, everybody's address without SO_BROADCAST
   * @throws {errors.NotFound} ENOENT, no such path; ENOTFOUND, no such name
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`, or the system gave up
   * @throws {errors.BadResource} EBADF, closed
   */
  async connect(address: SocketAddress): Promise<void> {
    await this.#endpoint.connect(address);
  }

  /**
   * Sends bytes (`send(2)`); of a datagram socket as one datagram.
   *
   * @returns How many the system has taken: all of them.
   * @throws {errors.BrokenPipe} EPIPE, not connected, the peer has closed, or after SHUT_WR
   * @throws {errors.NotConnected} ENOTCONN, an AF_UNIX socket that is not connected
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {SocketError} EAGAIN, past SO_SNDTIMEO; the rest is still sent. EDESTADDRREQ, a datagram socket without a peer
   * @throws {errors.TimedOut} ETIMEDOUT, past `setTimeout`; the rest is still sent
   * @throws {errors.MessageTooLarge} EMSGSIZE, more than a datagram holds
   * @throws {errors.ConnectionRefused} ECONNREFUSED, a datagram before this one met no socket; Deno does not tell
   * @throws {errors.BadResource} EBADF, closed
   */
  async send(p: Uint8Array): Promise<number> {
    return await this.#endpoint.send(p);
  }

  /** Sends all of the bytes; throws as {@linkcode Socket.send}. */
  async sendAll(p: Uint8Array): Promise<void> {
    await this.send(p);
  }

  /**
   * Sends one datagram (`sendto(2)`). A socket that is not bound gets every
   * address and a free port first. A TCP stream goes where it is connected to,
   * whatever the address.
   *
   * @param address The destination, with a port from 1 on.
   * @throws {SocketError} EISCONN, it is connected to another peer, or an AF_UNIX socket; EAFNOSUPPORT, an address of another family; EINVAL, no address, or port 0
   * @throws {errors.NotSupported} EOPNOTSUPP, an AF_UNIX socket that is not connected
   * @throws {errors.PermissionDenied} EACCES, everybody's address without SO_BROADCAST
   * @throws {errors.NotFound} ENOTFOUND, no such name; ENOENT, no such service
   * @throws as {@linkcode Socket.send}
   */
  async sendTo(p: Uint8Array, address: SocketAddress): Promise<number> {
    return await this.#endpoint.sendTo(p, address);
  }

  /**
   * Receives bytes (`recv(2)`).
   *
   * Of a datagram socket it takes the next datagram, and what that has more
   * than `maxBytes` is lost. One that is not bound gets every address and a free
   * port first; Linux would let it wait for ever.
   *
   * @param maxBytes The most that it returns; it may be fewer, as they come.
   * @returns 1 byte or more; none at the end of what the peer sends. A datagram
   *   may have none, and ends nothing.
   * @throws {errors.NotConnected} ENOTCONN, not connected
   * @throws {SocketError} EINVAL, an AF_UNIX socket that is not connected; EAGAIN, past SO_RCVTIMEO
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.ConnectionRefused} ECONNREFUSED, a datagram that was sent met no socket; Deno does not tell
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
   * @returns How many; 0 at the end of what the peer sends.
   */
  async recvInto(p: Uint8Array): Promise<number> {
    const [size] = await this.#endpoint.receive(p, "recv");
    return size;
  }

  /**
   * Receives bytes with their sender (`recvfrom(2)`); otherwise as
   * {@linkcode Socket.recv}.
   *
   * @returns The bytes, and who sent the datagram: `sendTo` takes it for an
   *   answer. `null` where it is no datagram: a stream comes from its peer.
   */
  async recvFrom(maxBytes: number): Promise<[Uint8Array, Addr | null]> {
    const p = roomFor(maxBytes);
    const [size, from] = await this.#endpoint.receive(p, "recvfrom");
    return [p.slice(0, size), from];
  }

  /**
   * Ends receiving, sending, or both (`shutdown(2)`). Sending ends after what
   * was sent before; the peer then sees the end. A socket that listens does so
   * no longer after SHUT_RD. Of a datagram socket the peer does not see it: it sends
   * no more, and receives what has come without waiting for more.
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
   * @throws {SocketError} ENOPROTOOPT, there is no such option, or one of TCP for a datagram socket
   * @throws {errors.NotSupported} ENOTSUP, one of TCP for an AF_UNIX socket; EOPNOTSUPP, got from a datagram socket
   * @throws {errors.BadResource} EBADF, closed
   */
  setsockopt(level: number, name: number, value: number | boolean): void {
    this.#endpoint.assertOpen("setsockopt");
    assertOption("setsockopt", this, level, name);
    const on = this.#options.set(level, name, value) !== 0;
    this.#endpoint.optionSet(level, name, on);
  }

  /**
   * Tells what an option is set to (`getsockopt(2)`).
   *
   * @throws as {@linkcode Socket.setsockopt}
   */
  getsockopt(level: number, name: number): number {
    this.#endpoint.assertOpen("getsockopt");
    assertOption("getsockopt", this, level, name);
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
}

function roomFor(maxBytes: number): Uint8Array {
  if (!Number.isInteger(maxBytes) || maxBytes < 0) {
    throw new RangeError(
      `Cannot receive ${shown(maxBytes)} bytes: give a whole number, 0 or more`,
    );
  }
  return new Uint8Array(Math.min(maxBytes, MAX_RECV_BYTES));
}
