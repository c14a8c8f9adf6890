/**
 * The BSD sockets API: `socket`, `bind`, `listen`, `accept`, `connect`, `send`, `recv`,
 * `sendto`, `recvfrom`, `shutdown` and `close`, as in C, Python and PHP.
 *
 * It has the same errors, and runs on Deno, Node and Bun. It is built on `listen`,
 * `connect` and `listenDatagram` of `@anyport/sockets`, which new programs should use.
 *
 * Differences from the sockets of Linux, for all types:
 *
 * - `shutdown` of a socket that is not connected has no effect; Linux returns an error
 *   and still records the shutdown.
 * - When a socket is closed, its pending calls reject EINTR or EBADF.
 *
 * For streams (SOCK_STREAM):
 *
 * - `bind` only tests whether the address is free; `listen` binds it. In between, the
 *   address is reserved within the process, but another process could take it. The
 *   file of an AF_UNIX socket exists from `listen` on.
 * - A bound socket cannot `connect`: the runtimes choose a client's address.
 * - `send` sends all bytes, or fails.
 * - After SHUT_RD nothing is received, not even bytes that arrived before.
 * - A listening socket keeps its address after SHUT_RD and may listen again, also on a
 *   port chosen by the kernel, and on a path.
 * - SHUT_RD does not affect the peer: it can still send. On Linux its send fails
 *   (AF_UNIX), or resets the connection (once both directions are shut down).
 * - After a reset every `recv` rejects, not only the first.
 * - A connection with both directions ended stays connected until it is closed. Linux
 *   disconnects it, and the socket can be bound again.
 * - An AF_UNIX socket cannot be bound once it is connected.
 * - SO_REUSEADDR is always set on the underlying socket, whatever its value here: an
 *   address whose connections have ended can be listened on at once.
 *
 * For datagrams (SOCK_DGRAM):
 *
 * - AF_UNIX is not supported: Node and Bun have no such sockets.
 * - `recv` and `recvFrom` bind an unbound socket to a port; on Linux they block
 *   forever. A failed send may leave the socket unbound.
 * - `sendTo` of a connected socket accepts only the peer's address: EISCONN. On Linux it
 *   accepts any address.
 * - `connect` rejects port 0: EINVAL.
 * - On Node and Bun, a second `connect` changes a port that the kernel chose.
 * - Some datagrams that others sent before `connect` are dropped.
 * - SO_REUSEADDR and SO_REUSEPORT take effect at `bind`. If the runtime has no
 *   SO_REUSEPORT for datagrams (Deno, Node before 22.12), `bind` rejects ENOTSUP.
 * - On Deno the kernel's socket is not connected. ECONNREFUSED is never reported, and a
 *   socket bound to every address keeps that as its local address.
 *
 * @module
 */
export type {
  InetSocketAddress,
  SocketAddress,
  UnixSocketAddress,
} from "./addresses.ts";
export * from "./constants.ts";
export { servicePort } from "./services.ts";
export { Socket } from "./socket.ts";
export * as errors from "../api/errors.ts";
export type { Addr, NetAddr, UnixAddr } from "../api/stream.ts";
