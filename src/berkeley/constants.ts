/**
 * The numbers of `sys/socket.h`, as they are on Linux.
 *
 * @module
 */

/** Unix sockets (`unix(7)`). */
export const AF_UNIX = 1;
/** IPv4 (`ip(7)`). */
export const AF_INET = 2;
/** IPv6 (`ipv6(7)`). */
export const AF_INET6 = 10;

/** A stream of bytes: in order, reliable, connected. */
export const SOCK_STREAM = 1;
/** Datagrams: each whole, or lost, in any order. Of AF_INET and AF_INET6. */
export const SOCK_DGRAM = 2;

/** No more receiving. */
export const SHUT_RD = 0;
/** No more sending: the peer sees the end. */
export const SHUT_WR = 1;
/** Both. */
export const SHUT_RDWR = 2;

/** The longest backlog that Linux allows by default. */
export const SOMAXCONN = 4096;

/** The level of options of every socket. */
export const SOL_SOCKET = 1;
/** TCP, and the level of its options. */
export const IPPROTO_TCP = 6;
/** UDP. */
export const IPPROTO_UDP = 17;

/** Whether several sockets may be bound to one address, of which at most one listens. */
export const SO_REUSEADDR = 2;
/** Whether a datagram socket may send to everybody. */
export const SO_BROADCAST = 6;
/** Whether a silent peer is looked after. */
export const SO_KEEPALIVE = 9;
/** Whether several sockets may listen on one address, or share its datagrams. */
export const SO_REUSEPORT = 15;
/** Milliseconds that `accept` and `recv` may wait; 0 for no limit. */
export const SO_RCVTIMEO = 20;
/** Milliseconds that `connect` and `send` may wait; 0 for no limit. */
export const SO_SNDTIMEO = 21;
/** Of IPPROTO_TCP: whether small messages are sent at once. Off at first. */
export const TCP_NODELAY = 1;

/** An address family. */
export type Family = typeof AF_UNIX | typeof AF_INET | typeof AF_INET6;
/** A socket's type. */
export type SocketType = typeof SOCK_STREAM | typeof SOCK_DGRAM;
/** What `shutdown` ends. */
export type How = typeof SHUT_RD | typeof SHUT_WR | typeof SHUT_RDWR;
