/**
 * The differences between the `node:dgram` of Node, Bun and Deno.
 *
 * @module
 */
import type { Socket } from "node:dgram";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import { hasZone, withNamedZone } from "./dns.ts";
import { reusePortRefusal } from "./process.ts";
import type { UdpPlan } from "../../core/options/datagram.ts";
import type { Operation } from "../../api/errors.ts";
import type { NetAddr } from "../../api/stream.ts";
import type { Host } from "../../core/options/hostname.ts";

/** The traits of one runtime. */
export interface DgramTraits {
  /** Returns why a plan is not supported, if so. */
  refusal(plan: UdpPlan): string | undefined;
  /** Whether the kernel connects a socket, and so reports refusals to it. */
  readonly connects: boolean;
  /** Whether each datagram has a buffer of its own, without unused bytes. */
  readonly ownsBuffers: boolean;
  /** Whether concurrent sends leave in the order of the calls. */
  readonly ordersSends: boolean;
  /** Whether 'error' also reports a refusal that a send has reported. */
  readonly refusesTwice: boolean;
  /** Whether the TTL and source-specific groups are supported for IPv6 too. */
  readonly controls6: boolean;
  /** Waits until the addresses of closed sockets are free. */
  addressesFree?(): Promise<void>;
  /** Prepares a socket before it is bound. */
  prepare?(socket: Socket): void;
  /**
   * Shrinks the receive buffer of a bound socket, where longer datagrams are truncated
   * anyway.
   */
  limit?(socket: Socket, maxBytes: number): void;
  /** Returns the local address to bind to for a peer. */
  localFor(peer: Host): string;
  /**
   * Returns an address with its zone in this runtime's spelling.
   *
   * @throws {SocketError} ENODEV, the zone is no interface
   */
  zoned(
    address: string,
    operation: Operation,
    asked: NetAddr,
  ): string | Promise<string>;
  /**
   * Whether the error of a receive concerns a single datagram, although its code does
   * not show it.
   */
  isOfOne?(error: Error): boolean;
  /** Creates the holder of a socket, which keeps the process alive. */
  holder(socket: Socket): Holder;
  /** Returns a more precise error, where there is one. */
  explain(error: Error, broadcast: boolean | undefined): Error;
}

/** Keeps the process alive while a receive waits, as `KeepAlive` does. */
export interface Holder {
  /** Records that receives start (`true`) or stop (`false`) waiting. */
  waiting(begun: boolean): void;
  /** Makes waiting receives keep the process alive, which is the default. */
  ref(): void;
  /** Lets the process exit while receives wait. */
  unref(): void;
  /** Called before the socket is closed. */
  end(): void;
}

/** The traits of Node; those of Bun differ in one. */
export const nodeTraits: DgramTraits = {
  refusal: reusePortRefusal,
  connects: true,
  ownsBuffers: true,
  ordersSends: true,
  refusesTwice: false,
  controls6: true,
  localFor: ({ family }) => family === 6 ? "::" : "0.0.0.0",
  zoned: (address, operation, asked) =>
    hasZone(address) ? withNamedZone(address, operation, asked) : address,
  holder: (socket) => new KeepAlive(socket),
  explain: (error) => error,
};
