/**
 * The constants of `sys/socket.h`, with the values of Linux.
 *
 * @module
 */

/** Unix sockets (`unix(7)`). */
export const AF_UNIX = 1;
/** IPv4 (`ip(7)`). */
export const AF_INET = 2;
/** IPv6 (`ipv6(7)`). */
export const AF_INET6 = 10;

/** A stream of bytes: reliable, ordered, connection-oriented. */
export const SOCK_STREAM = 1;
/** Datagrams: each arrives whole or not at all, in any order. For AF_INET and AF_INET6. */
export const SOCK_DGRAM = 2;

/** Ends receiving. */
export const SHUT_RD = 0;
/** Ends sending: the peer receives EOF. */
export const SHUT_WR = 1;
/** Ends both. */
export const SHUT_RDWR = 2;

/** The longest backlog that Linux allows by default. */
export const SOMAXCONN = 4096;

/** The level of options of all sockets. */
export const SOL_SOCKET = 1;
/** TCP, and the level of its options. */
export const IPPROTO_TCP = 6;
/** UDP. */
export const IPPROTO_UDP = 17;

/** Whether several sockets may be bound to one address; at most one of them listens. */
export const SO_REUSEADDR = 2;
/** Whether a datagram socket may send to a broadcast address. */
export const SO_BROADCAST = 6;
/** Whether keep-alive probes are sent on an idle connection. */
export const SO_KEEPALIVE = 9;
/** Whether several sockets may listen on one address or share its datagrams. */
export const SO_REUSEPORT = 15;
/** Milliseconds that `accept` and `recv` may wait; 0 for no limit. */
export const SO_RCVTIMEO = 20;
/** Milliseconds that `connect` and `send` may wait; 0 for no limit. */
export const SO_SNDTIMEO = 21;
/** Of IPPROTO_TCP: whether small messages are sent at once. Off by default. */
export const TCP_NODELAY = 1;

/** An address family. */
export type Family = typeof AF_UNIX | typeof AF_INET | typeof AF_INET6;
/** A socket's type. */
export type SocketType = typeof SOCK_STREAM | typeof SOCK_DGRAM;
/** The directions that `shutdown` ends. */
export type How = typeof SHUT_RD | typeof SHUT_WR | typeof SHUT_RDWR;
