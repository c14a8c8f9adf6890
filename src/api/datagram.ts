/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The interface of datagram sockets, with nothing of any runtime in it.
 *
 * @module
 */
import type { NetAddr, WaitOptions } from "./stream.ts";

/** What holds for every datagram socket. */
export interface DatagramOptions {
  /**
   * How many bytes of datagrams may wait to be received, 1..2147483647. What
   * comes when there is no room is dropped, and counted in
   * {@linkcode DatagramConn.dropped}. Defaults to 1 MiB.
   */
  maxQueuedBytes?: number | undefined;
  /** How many datagrams may wait to be received, 1..2147483647. Defaults to 4096. */
  maxQueuedDatagrams?: number | undefined;
  /**
   * The longest datagram that is taken whole, in bytes, 1..65535. Of a longer
   * one the rest is lost, which the third of {@linkcode Datagram} says. 65535
   * unless given; on Deno, which has no other way to spare a buffer of 64 KiB
   * for each, 1500 makes receiving twice as fast.
   */
  maxDatagramBytes?: number | undefined;
  /**
   * How much the system may keep before the runtime takes it, in bytes,
   * 1..2147483647 (SO_RCVBUF). Linux caps it at `net.core.rmem_max` and counts
   * its own overhead. The system's own unless given; Deno cannot set it:
   * `NotSupported`.
   */
  receiveBufferBytes?: number | undefined;
  /** The same for sending (SO_SNDBUF, `net.core.wmem_max`). */
  sendBufferBytes?: number | undefined;
  /** See {@linkcode DatagramConn.setBroadcast}. Off by default. */
  broadcast?: boolean | undefined;
}

/** Where to take UDP datagrams. */
export interface ListenDatagramOptions extends DatagramOptions {
  /**
   * An IP literal, with or without brackets, or a name that resolves to an
   * address of this machine. Defaults to `"0.0.0.0"`, every IPv4 address.
   */
  hostname?: string | undefined;
  /** 0..65535; 0 asks the system for a free port, which `addr.port` then tells. */
  port: number;
  /**
   * Sets SO_REUSEADDR: several sockets that all ask for it may have one port.
   * Each gets the multicast and broadcast datagrams; of the others, the system
   * gives every one to one of them. Off by default.
   */
  reuseAddress?: boolean | undefined;
  /**
   * Sets SO_REUSEPORT: the system spreads datagrams over the sockets that have
   * the port, by sender. Off by default; Deno cannot set it: `NotSupported`.
   */
  reusePort?: boolean | undefined;
  /** Sets IPV6_V6ONLY: an IPv6 socket takes no IPv4 datagrams. Off by default. */
  ipv6Only?: boolean | undefined;
  /**
   * Gives up when it aborts before the socket is there. It has no effect
   * afterwards: `close()` ends it.
   */
  signal?: AbortSignal | undefined;
}

/** The peer to exchange UDP datagrams with. */
export interface ConnectDatagramOptions extends DatagramOptions, WaitOptions {
  /**
   * The peer: an IP literal, with or without brackets, or a name, of which the
   * first address is taken. Defaults to `"127.0.0.1"`.
   */
  hostname?: string | undefined;
  /** The peer's, 1..65535. */
  port: number;
  /** This end's address, an IP literal. The system's choice unless given. */
  localHostname?: string | undefined;
  /** This end's port, 0..65535. The system's choice unless given. */
  localPort?: number | undefined;
}

/**
 * A datagram that was received: its bytes, who sent it, and whether it was
 * longer than the buffer, so that the rest of it is lost.
 */
export type Datagram = readonly [
  data: Uint8Array,
  addr: NetAddr,
  truncated: boolean,
];

/** The destination of a datagram; what {@linkcode DatagramConn.receive} gave fits. */
export interface DatagramTarget {
  /** The transport protocol; there is one only. */
  readonly transport?: "udp" | "tcp" | undefined;
  /** An IP literal, or a name, which is looked up each time. */
  readonly hostname: string;
  /** 1..65535. */
  readonly port: number;
}

/** The interface and the source of a group's datagrams. */
export interface MulticastOptions {
  /**
   * For IPv4 an address of the interface, for IPv6 its name or its index. The
   * system's choice unless given.
   */
  interface?: string | undefined;
  /**
   * Takes what this address sends only (RFC 4607). On Deno for IPv4 only:
   * `NotSupported`.
   */
  source?: string | undefined;
}

/**
 * A datagram socket: messages that arrive whole or not at all, in any order,
 * each from any sender.
 *
 * A pending operation keeps the process alive, an idle socket does not.
 */
export interface DatagramConn extends AsyncIterable<Datagram>, Disposable {
  /** This end's address, also after closing. */
  readonly addr: NetAddr;
  /** The peer's, of a connected socket, also after closing. */
  readonly remoteAddr: NetAddr | undefined;
  /** How many datagrams were dropped here, because the queue was full. */
  readonly dropped: number;

  /**
   * Waits for the next datagram.
   *
   * Calls queue: each is served in the order it was called. Cancelling leaves
   * the datagram for the next call, and `p` untouched from then on.
   *
   * @param p Where to put the bytes; of a longer datagram the rest is lost, and
   *   the third of what is returned is `true`. Without it they come in a
   *   buffer of their own. Leave it alone until the promise settles.
   * @returns The bytes, which may be none; who sent them; whether some are lost.
   * @throws {errors.ConnectionRefused} ECONNREFUSED, the peer of a connected
   *   socket does not listen (ICMP, RFC 1122 §4.1.3.3). Told once, to a call
   *   that waits, else to the next `receive` or `send`. Deno does not tell.
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   * @throws {errors.BadResource} EBADF, already closed here
   */
  receive(p?: Uint8Array, options?: WaitOptions): Promise<Datagram>;
  /** Waits for the next datagram, for so long. */
  receive(options: WaitOptions): Promise<Datagram>;

  /**
   * Sends one datagram.
   *
   * It resolves when the system has taken it: `p` may then be changed. That
   * says nothing of whether it arrives. Datagrams leave in the order of the
   * calls; one that is sent to a name leaves once that is looked up.
   *
   * Cancelling stops the waiting only.
   *
   * @param p The bytes; none is a datagram too.
   * @param to The destination; left out on a connected socket.
   * @returns The number of bytes.
   * @throws {errors.MessageTooLarge} EMSGSIZE, more than fits (65507 bytes over IPv4)
   * @throws {errors.ConnectionRefused} ECONNREFUSED, see {@linkcode DatagramConn.receive}
   * @throws {errors.PermissionDenied} EACCES, everybody's address without `setBroadcast`
   * @throws {errors.NotFound} ENOTFOUND, the name does not resolve
   * @throws {errors.NetworkUnreachable} ENETUNREACH
   * @throws {errors.HostUnreachable} EHOSTUNREACH
   * @throws {errors.SocketError} EDESTADDRREQ, no `to`; EISCONN, `to` on a connected
   *   socket; EAFNOSUPPORT, an address of the other family; on Deno EUNKNOWN for
   *   what it does not tell
   * @throws {errors.TimedOut} ETIMEDOUT, past `timeoutMs`
   * @throws `signal.reason`, when it aborts
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   * @throws {errors.BadResource} EBADF, already closed here
   */
  send(
    p: Uint8Array,
    to: DatagramTarget,
    options?: WaitOptions,
  ): Promise<number>;
  /** Sends one datagram to the peer of a connected socket. */
  send(p: Uint8Array, options?: WaitOptions): Promise<number>;

  /**
   * Lets datagrams be sent to everybody on a network (SO_BROADCAST).
   *
   * @throws {errors.BadResource} EBADF, already closed here
   */
  setBroadcast(broadcast?: boolean): void;

  /**
   * Sets how many routers a datagram may pass (IP_TTL, IPV6_UNICAST_HOPS).
   *
   * @param ttl 1..255.
   * @throws {RangeError} no such number
   * @throws {errors.BadResource} EBADF, already closed here
   * @throws {errors.NotSupported} ENOTSUP, over IPv6 on Deno
   */
  setTtl(ttl: number): void;

  /**
   * Joins a multicast group (IP_ADD_MEMBERSHIP, RFC 1112; IPV6_JOIN_GROUP, RFC 3493 §5.2).
   *
   * @param group A multicast address of the socket's family.
   * @throws {TypeError} it is none, or an option makes no sense
   * @throws {errors.AddrInUse} EADDRINUSE, joined already
   * @throws {errors.SocketError} ENODEV, no such interface; Deno says EINVAL
   * @throws {errors.BadResource} EBADF, already closed here
   * @throws {errors.NotSupported} ENOTSUP, `source` over IPv6 on Deno
   */
  joinMulticast(group: string, options?: MulticastOptions): void;

  /**
   * Leaves a group that was joined with the same options; closing leaves all.
   *
   * @throws {errors.AddrNotAvailable} EADDRNOTAVAIL, not joined with these options
   */
  leaveMulticast(group: string, options?: MulticastOptions): void;

  /**
   * Sets how many routers a datagram to a group may pass (IP_MULTICAST_TTL,
   * IPV6_MULTICAST_HOPS). 1, this network, unless set.
   *
   * @param ttl 1..255.
   * @throws {RangeError} no such number
   * @throws {errors.BadResource} EBADF, already closed here
   * @throws {errors.NotSupported} ENOTSUP, over IPv6 on Deno
   */
  setMulticastTtl(ttl: number): void;

  /**
   * Sets whether what is sent to a group comes to sockets of this machine too
   * (IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP). On unless set.
   *
   * @throws {errors.BadResource} EBADF, already closed here
   */
  setMulticastLoopback(loopback: boolean): void;

  /**
   * Sets from which interface datagrams to groups leave (IP_MULTICAST_IF,
   * IPV6_MULTICAST_IF).
   *
   * @param name As for {@linkcode MulticastOptions.interface}.
   * @throws {TypeError} it is none of the socket's family
   * @throws {errors.BadResource} EBADF, already closed here
   */
  setMulticastInterface(name: string): void;

  /**
   * Frees the address. Operations that wait reject `Interrupted`; datagrams
   * that wait to be received are gone. A second call has no effect.
   */
  close(): void;

  /**
   * Yields datagrams until the socket is closed. Leaving the loop does not close
   * it. What {@linkcode DatagramConn.receive} rejects with ends the loop.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram>;

  /** Lets a pending receive keep the process alive again, after `unref()`. */
  ref(): void;

  /** Lets the process end even while a receive is pending. */
  unref(): void;
}
