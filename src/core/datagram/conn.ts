/**
 * The datagram socket class of every runtime: a receive queue and a send queue over the
 * backend that an adapter supplies.
 *
 * @module
 */
import type {
  Datagram,
  DatagramConn,
  DatagramTarget,
  MulticastOptions,
} from "../../api/datagram.ts";
import { socketError } from "../errno.ts";
import type { Operation } from "../../api/errors.ts";
import { bare } from "../shown.ts";
import type { NetAddr, WaitOptions } from "../../api/stream.ts";
import {
  checkInterface,
  checkMembership,
  checkTarget,
  checkTtl,
  type InboxLimits,
} from "../options/datagram.ts";
import type { DatagramBackend, DatagramControls } from "./backend.ts";
import { checkFlag } from "../options/stream.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import { SendQueue } from "./send_queue.ts";

/** The datagram socket of every runtime, over a backend. */
export class UdpConn implements DatagramConn {
  readonly #backend: DatagramBackend;
  readonly #receiveQueue: ReceiveQueue;
  readonly #sendQueue: SendQueue;
  /** The joined memberships, as JSON. */
  readonly #joined = new Set<string>();
  #closed = false;

  constructor(backend: DatagramBackend, limits: InboxLimits) {
    this.#backend = backend;
    this.#receiveQueue = new ReceiveQueue(backend, limits);
    this.#sendQueue = new SendQueue(backend, this.#receiveQueue);
    backend.attach(this.#receiveQueue);
  }

  /**
   * Connects a bound socket to a peer, which replaces an earlier one (`connect(2)`).
   *
   * @param conn A socket of this library.
   */
  static async connect(
    conn: DatagramConn,
    target: DatagramTarget,
  ): Promise<void> {
    const own = conn as UdpConn;
    const backend = own.#backend;
    const peer = await backend.resolve(checkTarget(target));
    if (own.#closed) throw socketError("EBADF", "connectDatagram", peer);
    await backend.connect(peer);
  }

  get addr(): NetAddr {
    return this.#backend.addr;
  }

  get remoteAddr(): NetAddr | undefined {
    return this.#backend.remoteAddr;
  }

  get dropped(): number {
    return this.#receiveQueue.dropped;
  }

  receive(
    first?: Uint8Array | WaitOptions,
    second?: WaitOptions,
  ): Promise<Datagram> {
    return this.#receiveQueue.receive(first, second);
  }

  send(
    p: Uint8Array,
    first?: DatagramTarget | WaitOptions,
    second?: WaitOptions,
  ): Promise<number> {
    return this.#sendQueue.send(p, first, second);
  }

  setBroadcast(broadcast = true): void {
    const on = checkFlag("broadcast", broadcast, true);
    this.#open("setBroadcast").setBroadcast(on);
  }

  setTtl(ttl: number): void {
    this.#open("setTtl").setTtl(checkTtl(ttl, "setTtl"));
  }

  setMulticastTtl(ttl: number): void {
    const controls = this.#open("setMulticastTtl");
    controls.setMulticastTtl(checkTtl(ttl, "setMulticastTtl"));
  }

  setMulticastLoopback(loopback: boolean): void {
    const controls = this.#open("setMulticastLoopback");
    controls.setMulticastLoopback(checkFlag("loopback", loopback, true));
  }

  setMulticastInterface(name: string): void {
    const controls = this.#open("setMulticastInterface");
    controls.setMulticastInterface(checkInterface(name, controls.family));
  }

  joinMulticast(group: string, options?: MulticastOptions): void {
    const controls = this.#open("joinMulticast");
    const membership = checkMembership(group, options, controls.family);
    const key = JSON.stringify(membership);
    // Checked here, because not every runtime reports the kernel's error.
    if (this.#joined.has(key)) {
      throw socketError("EADDRINUSE", "joinMulticast", this.#backend.addr, {
        reason: `it has joined ${bare(membership.group)} already`,
      });
    }
    controls.joinMulticast(membership);
    this.#joined.add(key);
  }

  leaveMulticast(group: string, options?: MulticastOptions): void {
    const controls = this.#open("leaveMulticast");
    const membership = checkMembership(group, options, controls.family);
    const key = JSON.stringify(membership);
    if (!this.#joined.has(key)) {
      throw socketError("EADDRNOTAVAIL", "leaveMulticast", this.#backend.addr, {
        reason: `it has not joined ${
          bare(membership.group)
        } with these options`,
      });
    }
    controls.leaveMulticast(membership);
    this.#joined.delete(key);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receiveQueue.close();
    this.#backend.close();
    this.#sendQueue.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    return this.#receiveQueue.iterate();
  }

  ref(): void {
    this.#backend.ref();
  }

  unref(): void {
    this.#backend.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(operation: Operation): DatagramControls {
    const { controls, addr } = this.#backend;
    if (this.#closed) throw socketError("EBADF", operation, addr);
    return controls;
  }
}
