/// <reference lib="esnext.disposable" preserve="true" />

/**
 * Datagram sockets: UDP, on every runtime.
 *
 * @module
 */
import type { NetAddr, WaitOptions } from "./stream.ts";

/** Options of every datagram socket. */
export interface DatagramOptions {
  /**
   * How many bytes of datagrams the receive queue may hold, 1..2147483647. Datagrams
   * that do not fit are dropped and counted in {@linkcode DatagramConn.dropped}.
   * Defaults to 1 MiB.
   */
  maxQueuedBytes?: number | undefined;
  /** How many datagrams the receive queue may hold, 1..2147483647. Defaults to 4096. */
  maxQueuedDatagrams?: number | undefined;
  /**
   * The longest datagram that is received whole, in bytes, 1..65535. A longer one is
   * truncated, which the third item of {@linkcode Datagram} reports. Defaults to
   * 65535. Deno allocates 64 KiB for each receive unless this is smaller: 1500 makes
   * receiving twice as fast there.
   */
  maxDatagramBytes?: number | undefined;
  /**
   * The size of the kernel's receive buffer in bytes, 1..2147483647 (SO_RCVBUF).
   * Linux caps it at `net.core.rmem_max` and counts its own overhead. Defaults to the
   * system's. Deno cannot set it: `NotSupported`.
   */
  receiveBufferBytes?: number | undefined;
  /** The same for the send buffer (SO_SNDBUF, `net.core.wmem_max`). */
  sendBufferBytes?: number | undefined;
  /** See {@linkcode DatagramConn.setBroadcast}. Off by default. */
  broadcast?: boolean | undefined;
}

/** How to receive UDP datagrams. */
export interface ListenDatagramOptions extends DatagramOptions {
  /**
   * An IP literal, with or without brackets, or a name that resolves to an
   * address of this machine. Defaults to `"0.0.0.0"`, every IPv4 address.
   */
  hostname?: string | undefined;
  /** 0..65535; with 0 the kernel chooses a free port, which is in `addr.port`. */
  port: number;
  /**
   * Sets SO_REUSEADDR: sockets that all set it may share one port. Each receives the
   * multicast and broadcast datagrams; the kernel delivers any other datagram to one
   * of them. Off by default.
   */
  reuseAddress?: boolean | undefined;
  /**
   * Sets SO_REUSEPORT: the kernel distributes datagrams among the sockets that share
   * the port, by sender. Off by default. Deno cannot set it: `NotSupported`.
   */
  reusePort?: boolean | undefined;
  /** Sets IPV6_V6ONLY: an IPv6 socket receives no IPv4 datagrams. Off by default. */
  ipv6Only?: boolean | undefined;
  /**
   * Cancels opening when it aborts before the socket is open. It has no effect
   * afterwards; use `close()` then.
   */
  signal?: AbortSignal | undefined;
}

/** How to exchange UDP datagrams with one peer. */
export interface ConnectDatagramOptions extends DatagramOptions, WaitOptions {
  /**
   * The peer: an IP literal, with or without brackets, or a name, whose first
   * address is used. Defaults to `"127.0.0.1"`.
   */
  hostname?: string | undefined;
  /** The peer's port, 1..65535. */
  port: number;
  /** The local address, an IP literal. Defaults to the kernel's choice. */
  localHostname?: string | undefined;
  /** The local port, 0..65535. Defaults to the kernel's choice. */
  localPort?: number | undefined;
}

/**
 * A received datagram: its bytes, its sender, and whether it was truncated because it
 * was longer than the buffer.
 */
export type Datagram = readonly [
  data: Uint8Array,
  addr: NetAddr,
  truncated: boolean,
];

/** The destination of a datagram; an address from {@linkcode DatagramConn.receive} is one. */
export interface DatagramTarget {
  /** The transport protocol. UDP is used in either case. */
  readonly transport?: "udp" | "tcp" | undefined;
  /** An IP literal, or a name, which is resolved on every call. */
  readonly hostname: string;
  /** 1..65535. */
  readonly port: number;
}

/** The interface and the source of multicast datagrams. */
export interface MulticastOptions {
  /**
   * For IPv4 an address of the interface; for IPv6 its name or index. Defaults to the
   * kernel's choice.
   */
  interface?: string | undefined;
  /**
   * Receives only datagrams from this address (source-specific multicast, RFC 4607).
   * On Deno only for IPv4; `NotSupported` for IPv6.
   */
  source?: string | undefined;
}

/**
 * A datagram socket: messages that arrive whole or not at all, in any order, from
 * any sender.
 *
 * A pending operation keeps the process alive; an idle socket does not.
 */
export interface DatagramConn extends AsyncIterable<Datagram>, Disposable {
  /** The local address; also after closing. */
  readonly addr: NetAddr;
  /** The peer's address, of a connected socket; also after closing. */
  readonly remoteAddr: NetAddr | undefined;
  /** How many datagrams were dropped because the receive queue was full. */
  readonly dropped: number;

  /**
   * Waits for the next datagram.
   *
   * Calls queue: each is served in the order it was called. A cancelled call leaves
   * the datagram for the next call, and does not change `p` after that.
   *
   * @param p Destination. A longer datagram is truncated, and the third item of the
   *   result is `true`. Without `p` the bytes are in a buffer of their own. Do not use
   *   it until the promise settles.
   * @returns The bytes, possibly none; the sender; whether the datagram was truncated.
   * @throws {errors.ConnectionRefused} ECONNREFUSED, no socket listens at the peer of a
   *   connected socket (ICMP port unreachable, RFC 1122 §4.1.3.3). Reported once: to a
   *   pending call, or to the next `receive` or `send`. Deno does not report it.
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  receive(p?: Uint8Array, options?: WaitOptions): Promise<Datagram>;
  /** Waits for the next datagram, within limits. */
  receive(options: WaitOptions): Promise<Datagram>;

  /**
   * Sends one datagram.
   *
   * The promise resolves when the kernel has accepted the datagram; `p` may then be
   * changed. Delivery is not confirmed. Datagrams are sent in call order; one to a
   * name is sent once the name is resolved.
   *
   * Cancelling ends only the wait.
   *
   * @param p The bytes; an empty datagram is valid.
   * @param to The destination; omitted on a connected socket.
   * @returns The number of bytes.
   * @throws {errors.MessageTooLarge} EMSGSIZE, longer than the protocol allows (65507 bytes over IPv4)
   * @throws {errors.ConnectionRefused} ECONNREFUSED, see {@linkcode DatagramConn.receive}
   * @throws {errors.PermissionDenied} EACCES, a broadcast address without `setBroadcast`
   * @throws {errors.NotFound} ENOTFOUND, the name does not resolve
   * @throws {errors.NetworkUnreachable} ENETUNREACH
   * @throws {errors.HostUnreachable} EHOSTUNREACH
   * @throws {errors.SocketError} EDESTADDRREQ, no `to`; EISCONN, `to` on a connected
   *   socket; EAFNOSUPPORT, an address of the other family; EUNKNOWN, on Deno, an
   *   errno that it does not report
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  send(
    p: Uint8Array,
    to: DatagramTarget,
    options?: WaitOptions,
  ): Promise<number>;
  /** Sends one datagram to the peer of a connected socket. */
  send(p: Uint8Array, options?: WaitOptions): Promise<number>;

  /**
   * Sets SO_BROADCAST: datagrams may be sent to a broadcast address.
   *
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  setBroadcast(broadcast?: boolean): void;

  /**
   * Sets the time to live: how many routers may forward a datagram (IP_TTL, IPV6_UNICAST_HOPS).
   *
   * @param ttl 1..255.
   * @throws {RangeError} `ttl` is out of range
   * @throws {errors.BadResource} EBADF, already closed locally
   * @throws {errors.NotSupported} ENOTSUP, over IPv6 on Deno
   */
  setTtl(ttl: number): void;

  /**
   * Joins a multicast group (IP_ADD_MEMBERSHIP, RFC 1112; IPV6_JOIN_GROUP, RFC 3493 §5.2).
   *
   * @param group A multicast address of the socket's family.
   * @throws {TypeError} `group` is not such an address, or an option is invalid
   * @throws {errors.AddrInUse} EADDRINUSE, already joined
   * @throws {errors.SocketError} ENODEV, no such interface; EINVAL on Deno
   * @throws {errors.BadResource} EBADF, already closed locally
   * @throws {errors.NotSupported} ENOTSUP, `source` over IPv6 on Deno
   */
  joinMulticast(group: string, options?: MulticastOptions): void;

  /**
   * Leaves a group that was joined with the same options. `close()` leaves all groups.
   *
   * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, not joined with these options
   */
  leaveMulticast(group: string, options?: MulticastOptions): void;

  /**
   * Sets how many routers may forward a datagram to a group (IP_MULTICAST_TTL,
   * IPV6_MULTICAST_HOPS). Defaults to 1, the local network.
   *
   * @param ttl 1..255.
   * @throws {RangeError} `ttl` is out of range
   * @throws {errors.BadResource} EBADF, already closed locally
   * @throws {errors.NotSupported} ENOTSUP, over IPv6 on Deno
   */
  setMulticastTtl(ttl: number): void;

  /**
   * Sets whether datagrams sent to a group are also delivered to sockets of this
   * machine (IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP). On by default.
   *
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  setMulticastLoopback(loopback: boolean): void;

  /**
   * Sets the interface that sends datagrams to groups (IP_MULTICAST_IF,
   * IPV6_MULTICAST_IF).
   *
   * @param name As for {@linkcode MulticastOptions.interface}.
   * @throws {TypeError} `name` is not an interface of the socket's family
   * @throws {errors.BadResource} EBADF, already closed locally
   */
  setMulticastInterface(name: string): void;

  /**
   * Frees the address. Pending operations reject `Interrupted`; datagrams in the
   * receive queue are discarded. A second call has no effect.
   */
  close(): void;

  /**
   * Yields datagrams until the socket is closed. Leaving the loop does not close it.
   * An error of {@linkcode DatagramConn.receive} ends the loop.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram>;

  /** Makes a pending receive keep the process alive again, after `unref()`. */
  ref(): void;

  /** Stops a pending receive from keeping the process alive. */
  unref(): void;
}
