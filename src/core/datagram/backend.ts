/**
 * What a datagram socket stands on.
 *
 * @module
 */
import type { NetAddr } from "../../api/stream.ts";
import type { Membership, Target } from "../options/datagram.ts";
import type { InboxHooks, ReceiveQueue } from "./receive_queue.ts";

/** What an adapter supplies for one datagram socket: the runtime's, tamed. */
export interface DatagramBackend extends InboxHooks {
  /** This end's address, also after closing. */
  readonly addr: NetAddr;
  /** The peer, of a connected socket. */
  readonly remoteAddr: NetAddr | undefined;
  /** Hands the backend the receiveQueue that it feeds. */
  attach(receiveQueue: ReceiveQueue): void;
  /**
   * Makes it a socket of that one peer, in place of the one before. Rejects with
   * a {@linkcode SocketError}.
   */
  connect(peer: NetAddr): Promise<void>;
  /**
   * Hands a datagram to the system, which may look at `bytes` until it settles.
   *
   * @param to None on a connected socket.
   * @throws {SocketError} as a rejection
   */
  send(bytes: Uint8Array, to: NetAddr | undefined): Promise<number>;
  /** What a target comes to: looks up its name. Rejects with a {@linkcode SocketError}. */
  resolve(target: Target): NetAddr | Promise<NetAddr>;
  /** Lets the event loop turn once. */
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
