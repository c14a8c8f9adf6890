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

/** One runtime's. */
export interface DgramTraits {
  /** Why a socket cannot be had as it is wanted, if so. */
  refusal(plan: UdpPlan): string | undefined;
  /** Whether the system connects a socket, and so tells of refusals. */
  readonly connects: boolean;
  /** Whether a datagram comes in a buffer of its own, no longer than it is. */
  readonly ownsBuffers: boolean;
  /** Whether sends that are under way at a time leave in the order of the calls. */
  readonly ordersSends: boolean;
  /** Whether 'error' also tells of a refusal that a send has heard of. */
  readonly refusesTwice: boolean;
  /** Whether numbers of hops, and sources of groups, are IPv6's too. */
  readonly controls6: boolean;
  /** Waits until what was closed here before can be had again. */
  addressesFree?(): Promise<void>;
  /** What to do with a socket before it is bound. */
  prepare?(socket: Socket): void;
  /** Lets a socket that is bound receive into less, where more is cut off anyway. */
  limit?(socket: Socket, maxBytes: number): void;
  /** What to bind to, for that peer. */
  localFor(peer: Host): string;
  /**
   * An address with its zone as this runtime knows it.
   *
   * @throws {SocketError} ENODEV, the zone is no interface
   */
  zoned(
    address: string,
    operation: Operation,
    asked: NetAddr,
  ): string | Promise<string>;
  /** Whether an error of receiving is of one datagram, and no code says so. */
  isOfOne?(error: Error): boolean;
  /** What keeps the process alive. */
  holder(socket: Socket): Holder;
  /** A failure told better, where that is possible. */
  explain(error: Error, broadcast: boolean | undefined): Error;
}

/** Keeps the process alive while a receive waits, as `KeepAlive` does. */
export interface Holder {
  /** Receives have begun (`true`) or ended to wait. */
  waiting(begun: boolean): void;
  /** Lets them keep the process alive, which is the default. */
  ref(): void;
  /** Lets the process end though they wait. */
  unref(): void;
  /** The socket is about to be closed. */
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
