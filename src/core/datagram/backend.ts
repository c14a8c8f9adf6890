/**
 * The interface between a datagram socket and its adapter.
 *
 * @module
 */
import type { NetAddr } from "../../api/stream.ts";
import type { Membership, Target } from "../options/datagram.ts";
import type { InboxHooks, ReceiveQueue } from "./receive_queue.ts";

/** The adapter's side of a datagram socket. */
export interface DatagramBackend extends InboxHooks {
  /** The local address, also after closing. */
  readonly addr: NetAddr;
  /** The peer of a connected socket. */
  readonly remoteAddr: NetAddr | undefined;
  /** Sets the receive queue that the backend feeds. */
  attach(receiveQueue: ReceiveQueue): void;
  /**
   * Connects the socket to a peer, which replaces an earlier one. Rejects with a
   * {@linkcode SocketError}.
   */
  connect(peer: NetAddr): Promise<void>;
  /**
   * Passes a datagram to the kernel, which may read `bytes` until the promise settles.
   *
   * @param to `undefined` on a connected socket.
   * @throws {SocketError} as a rejection
   */
  send(bytes: Uint8Array, to: NetAddr | undefined): Promise<number>;
  /** Resolves the hostname of a target. Rejects with a {@linkcode SocketError}. */
  resolve(target: Target): NetAddr | Promise<NetAddr>;
  /** Waits for one turn of the event loop. */
  turn(): Promise<void>;
  /** The options that can be set at any time. */
  readonly controls: DatagramControls;
  /** Frees the descriptor. */
  close(): void;
  /** See `DatagramConn.ref`. */
  ref(): void;
  /** See `DatagramConn.unref`. */
  unref(): void;
}

/** Options that can be set at any time. All throw {@linkcode SocketError}s. */
export interface DatagramControls {
  readonly family: 4 | 6;
  setBroadcast(broadcast: boolean): void;
  setTtl(ttl: number): void;
  setMulticastTtl(ttl: number): void;
  setMulticastLoopback(loopback: boolean): void;
  setMulticastInterface(name: string): void;
  joinMulticast(membership: Membership): void;
  leaveMulticast(membership: Membership): void;
}
