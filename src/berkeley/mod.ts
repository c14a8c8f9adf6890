/**
 * The classic socket interface, for those who have a text on it in their hands.
 *
 * `socket`, `bind`, `listen`, `accept`, `connect`, `send`, `recv`, `sendto`,
 * `recvfrom`, `shutdown` and `close`, as C, Python and PHP have them, with the
 * same errors, on Deno, Node and Bun. It stands on `listen`, `connect` and
 * `listenDatagram` of `@anyport/sockets`, which new programs do better to use.
 *
 * Where it differs from the system's own, on Linux, for all sockets:
 *
 * - A shutdown of a socket that is not connected has no effect; Linux refuses it
 *   and remembers it.
 * - A closed socket's waiting calls reject EINTR or EBADF.
 *
 * For streams (SOCK_STREAM):
 *
 * - `bind` tries whether it could have the address; `listen` takes it. Sockets
 *   of one process keep their addresses from each other in between, another
 *   process could take one. An AF_UNIX socket's file exists from `listen` on.
 * - A bound socket cannot `connect`: the runtimes choose a client's address.
 * - `send` takes all bytes, or fails.
 * - After SHUT_RD nothing is received any more, also nothing that came before.
 * - A socket that SHUT_RD keeps from listening keeps its address, and may listen
 *   again: also at a port that the system chose, and at a path.
 * - Of SHUT_RD the peer does not hear: it can still send, where Linux would
 *   refuse it (AF_UNIX) or reset the connection (once both ways are shut).
 * - A reset is told by each `recv`, not by the first one only.
 * - A connection that has ended in both directions is one until it is closed;
 *   Linux then knows no peer, and lets the socket be bound again.
 * - An AF_UNIX socket cannot be bound once it is connected.
 * - SO_REUSEADDR is on below, whatever it says here: an address whose
 *   connections have ended can be listened on at once.
 *
 * For datagrams (SOCK_DGRAM):
 *
 * - There are none of AF_UNIX: Node and Bun have no such sockets.
 * - `recv` and `recvFrom` give a socket that was never bound a port; Linux lets
 *   them wait for ever. A send that is refused may leave it without one.
 * - `sendTo` of a connected socket takes no address but its peer's: EISCONN.
 *   Linux sends to any.
 * - `connect` does not take port 0: EINVAL.
 * - With `connect` to another peer, Node and Bun give a socket that has a port of
 *   the system's choice another one.
 * - Of what others sent before `connect`, some is dropped.
 * - SO_REUSEADDR and SO_REUSEPORT count as they are at `bind`. Where the runtime
 *   has no SO_REUSEPORT for datagrams (Deno, Node before 22.12), `bind` then
 *   rejects ENOTSUP.
 * - Deno tells the system of no peer: a refusal is never told (ECONNREFUSED), and
 *   a socket that was bound to every address keeps that for its name.
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
