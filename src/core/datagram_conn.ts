/**
 * The datagram socket that every runtime gives: an inbox, and below it the link
 * that a wing supplies.
 *
 * @module
 */
import type {
  Datagram,
  DatagramConn,
  DatagramTarget,
  MulticastOptions,
} from "../datagram_types.ts";
import { socketError } from "../errno.ts";
import type { Operation, SocketError } from "../errors.ts";
import type { NetAddr, WaitOptions } from "../types.ts";
import { copyOf, isBytes } from "./bytes.ts";
import {
  checkInterface,
  checkMembership,
  checkTarget,
  checkTtl,
  type InboxLimits,
  isTarget,
} from "./datagram_options.ts";
import type { DatagramControls, DatagramLink } from "./datagram_link.ts";
import { checkFlag } from "./options.ts";
import { Inbox } from "./inbox.ts";
import { checkWait, Waiter } from "./waiter.ts";

/**
 * How many sends in a row may be done at once. A loop of sends would otherwise
 * stay in microtasks, and keep timers, signals and what comes in out.
 */
const MAX_SENDS_A_TURN = 64;

/** Makes the socket. */
export function datagramConnOver(
  link: DatagramLink,
  limits: InboxLimits,
): DatagramConn {
  return new LinkedDatagramConn(link, limits);
}

/**
 * Makes a socket one of that one peer, in place of the one before (`connect(2)`
 * of a socket that is bound).
 *
 * @param conn Of this library's making.
 */
export function connectTo(
  conn: DatagramConn,
  target: DatagramTarget,
): Promise<void> {
  return LinkedDatagramConn.connect(conn, target);
}

class LinkedDatagramConn implements DatagramConn {
  readonly #link: DatagramLink;
  readonly #inbox: Inbox;
  /** The sends that can be cancelled, or wait for a name. */
  readonly #waiting = new Set<Waiter<number>>();
  /** The memberships, as texts. */
  readonly #joined = new Set<string>();
  #inARow = 0;
  #closed = false;
  /** Whom the last send was to, and what that came to: most are to the same. */
  #lastTarget: DatagramTarget | undefined;
  #lastTo: NetAddr | undefined;

  constructor(link: DatagramLink, limits: InboxLimits) {
    this.#link = link;
    this.#inbox = new Inbox(link, limits);
    link.attach(this.#inbox);
  }

  static async connect(
    conn: DatagramConn,
    target: DatagramTarget,
  ): Promise<void> {
    const own = conn as LinkedDatagramConn;
    const link = own.#link;
    const peer = await link.resolve(checkTarget(target));
    if (own.#closed) throw socketError("EBADF", "connectDatagram", peer);
    await link.connect(peer);
  }

  get addr(): NetAddr {
    return this.#link.addr;
  }

  get remoteAddr(): NetAddr | undefined {
    return this.#link.remoteAddr;
  }

  get dropped(): number {
    return this.#inbox.dropped;
  }

  receive(
    first?: Uint8Array | WaitOptions,
    second?: WaitOptions,
  ): Promise<Datagram> {
    return this.#inbox.receive(first, second);
  }

  send(
    p: Uint8Array,
    first?: DatagramTarget | WaitOptions,
    second?: WaitOptions,
  ): Promise<number> {
    // Most are like the one before: there is nothing to look into.
    if (second === undefined && isBytes(p) && !this.#closed) {
      if (this.#link.remoteAddr !== undefined) {
        if (first === undefined && !this.#inbox.failed) {
          return this.#sendNow(p, undefined);
        }
      } else if (this.#isLast(first)) return this.#sendNow(p, this.#lastTo);
    }
    return this.#sendChecked(p, first, second);
  }

  #sendChecked(
    p: Uint8Array,
    first: DatagramTarget | WaitOptions | undefined,
    second: WaitOptions | undefined,
  ): Promise<number> {
    try {
      if (!isBytes(p)) {
        throw new TypeError(
          `Cannot send ${p === null ? "null" : typeof p}: give a Uint8Array`,
        );
      }
      const { target, options } = sendArguments(first, second);
      const limited = options !== undefined && checkWait(options);
      const to = this.#checkSend(target);
      if (!limited && !(to instanceof Promise)) return this.#sendNow(p, to);
      // The caller may get its buffer back before the bytes are gone.
      const sending = this.#sendLater(copyOf(p), to);
      return this.#waitFor(sending, limited ? options : {});
    } catch (error) {
      return Promise.reject(error);
    }
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
    // Asked here, because not every runtime tells what the system says.
    if (this.#joined.has(key)) {
      throw socketError("EADDRINUSE", "joinMulticast", this.#link.addr, {
        reason: `it has joined ${membership.group} already`,
      });
    }
    controls.joinMulticast(membership);
    this.#joined.add(key);
  }

  leaveMulticast(group: string, options?: MulticastOptions): void {
    const controls = this.#open("leaveMulticast");
    const membership = checkMembership(group, options, controls.family);
    if (!this.#joined.delete(JSON.stringify(membership))) {
      throw socketError("EADDRNOTAVAIL", "leaveMulticast", this.#link.addr, {
        reason: `it has not joined ${membership.group} with these options`,
      });
    }
    controls.leaveMulticast(membership);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.close();
    this.#link.close();
    for (const waiter of this.#waiting) {
      waiter.reject(socketError("EINTR", "send", this.#link.address));
    }
    this.#waiting.clear();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    return this.#inbox.iterate();
  }

  ref(): void {
    this.#link.ref();
  }

  unref(): void {
    this.#link.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @returns Whom to send to; nobody in particular on a connected socket. */
  #checkSend(
    target: DatagramTarget | undefined,
  ): NetAddr | Promise<NetAddr> | undefined {
    const { address, remoteAddr } = this.#link;
    if (this.#closed) throw socketError("EBADF", "send", address);
    if (remoteAddr !== undefined) {
      if (target !== undefined) {
        throw socketError("EISCONN", "send", address, {
          reason: "it is connected, and sends to its peer only; leave out to",
        });
      }
      const failure = this.#inbox.takeFailure();
      if (failure !== undefined) throw ofSend(failure);
      return undefined;
    }
    if (target === undefined) {
      throw socketError("EDESTADDRREQ", "send", undefined, {
        reason: "it is not connected; say whom to send to",
      });
    }
    if (this.#isLast(target)) return this.#lastTo;
    const to = this.#link.resolve(checkTarget(target));
    if (!(to instanceof Promise)) {
      const { hostname, port } = target;
      this.#lastTarget = { hostname, port };
      this.#lastTo = to;
    }
    return to;
  }

  /** Whether it is whom the last datagram was for. */
  #isLast(target: DatagramTarget | WaitOptions | undefined): boolean {
    const last = this.#lastTarget;
    if (last === undefined || target === undefined || target === null) {
      return false;
    }
    const { hostname, port } = target as DatagramTarget;
    return port === last.port && hostname === last.hostname;
  }

  #sendNow(p: Uint8Array, to: NetAddr | undefined): Promise<number> {
    const sending = this.#link.send(p, to);
    if (++this.#inARow < MAX_SENDS_A_TURN) return sending;
    this.#inARow = 0;
    return this.#turnAfter(sending);
  }

  async #turnAfter(sending: Promise<number>): Promise<number> {
    const sent = await sending;
    await this.#link.turn();
    return sent;
  }

  async #sendLater(
    p: Uint8Array,
    to: NetAddr | Promise<NetAddr> | undefined,
  ): Promise<number> {
    const found = to instanceof Promise ? await to : to;
    if (this.#closed) throw socketError("EINTR", "send", this.#link.address);
    return await this.#sendNow(p, found);
  }

  #waitFor(sending: Promise<number>, options: WaitOptions): Promise<number> {
    const waiter = new Waiter<number>();
    this.#waiting.add(waiter);
    const forget = () => this.#waiting.delete(waiter);
    waiter.limit(options, "send", this.#link, forget);
    sending.then((sent) => {
      forget();
      if (!waiter.settled) waiter.resolve(sent);
    }, (error) => {
      forget();
      if (!waiter.settled) waiter.reject(error);
    });
    return waiter.promise;
  }

  #open(operation: Operation): DatagramControls {
    const { controls, addr } = this.#link;
    if (this.#closed) throw socketError("EBADF", operation, addr);
    return controls;
  }
}

function sendArguments(
  first: DatagramTarget | WaitOptions | undefined,
  second: WaitOptions | undefined,
): {
  target: DatagramTarget | undefined;
  options: WaitOptions | undefined;
} {
  if (first === undefined) return { target: undefined, options: second };
  if (typeof first !== "object" || first === null) {
    throw new TypeError(
      `Cannot send a datagram to ${String(first)}: give { hostname, port }`,
    );
  }
  return isTarget(first)
    ? { target: first, options: second }
    : { target: undefined, options: first };
}

/** What went wrong before, told to a send. */
function ofSend({ code, address, cause }: SocketError): SocketError {
  return socketError(code, "send", address, { cause });
}
